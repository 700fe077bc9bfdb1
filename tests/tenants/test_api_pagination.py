"""Pages of the API."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.models import Membership, Organization
from tenants.scope import org_scope
from tests.factories import MembershipFactory
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db


class TestPages:
    URL = "/api/v1/members"

    @pytest.fixture
    def token(self, editor: Membership) -> str:
        return token_of(editor)

    @pytest.fixture
    def everybody(self, editor: Membership, org: Organization) -> list[str]:
        others = [MembershipFactory.create(org=org) for _ in range(4)]
        # One arrived at the same instant as another: only the key tells them apart.
        with org_scope(org.pk):
            Membership.objects.filter(pk=others[1].pk).update(created_at=others[0].created_at)
            rows = Membership.objects.order_by("created_at", "pk")
            return [str(pk) for pk in rows.values_list("pk", flat=True)]

    def test_together_hold_every_row_once_in_order(
        self, client: Client, token: str, everybody: list[str]
    ) -> None:
        found, url, lengths = [], f"{self.URL}?limit=2", []

        while url:
            body = client.get(url, headers=bearer(token)).json()
            found += [row["id"] for row in body["results"]]
            lengths.append(len(body["results"]))
            url = body["next"]

        assert found == everybody
        assert lengths == [2, 2, 1]

    def test_a_page_costs_the_same_whatever_its_size(
        self, client: Client, token: str, everybody: list[str]
    ) -> None:
        counts = []
        for limit in (1, 3):
            with CaptureQueriesContext(connection) as queries:
                client.get(f"{self.URL}?limit={limit}", headers=bearer(token))
            counts.append(len(queries))

        assert counts[0] == counts[1]

    @pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "²"])
    def test_a_size_out_of_bounds_is_refused(self, client: Client, token: str, limit: str) -> None:
        response = client.get(self.URL, {"limit": limit}, headers=bearer(token))

        assert response.status_code == 400
        assert response.json() == {
            "code": "invalid",
            "message": "Some of the input is not valid.",
            "fields": {"limit": ["Between 1 and 200."]},
        }

    @pytest.mark.parametrize(
        "cursor", ["x", "W10", "WyJhIiwiYiJd", "bnVsbA", "%00", "W251bGwsbnVsbF0"]
    )
    def test_a_made_up_cursor_is_refused(self, client: Client, token: str, cursor: str) -> None:
        response = client.get(self.URL, {"cursor": cursor}, headers=bearer(token))

        assert response.status_code == 400
        assert response.json()["fields"] == {"cursor": ["Take it from `next`, unchanged."]}
