"""The operator's page in the admin."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ingestion.models.run import RunState
from tenants.models import Organization
from tests.conftest import MemberClient
from tests.operators import sign_in_staff
from tests.status.conftest import Schema, let_tick_be
from tests.status.test_snapshot import ended, run_of

pytestmark = pytest.mark.usefixtures("well")


@pytest.fixture
def staff(client: Client) -> Client:
    """A browser in which somebody is signed in who looks after the installation."""
    sign_in_staff(client)
    return client


class TestWhoMaySee:
    def test_the_admin_leads_to_it(self, staff: Client) -> None:
        address = reverse("admin:status")

        assert f'href="{address}"' in staff.get(reverse("admin:index")).text
        assert staff.get(address).status_code == 200

    def test_members_and_strangers_are_sent_away(self, member_client: MemberClient) -> None:
        for client in (member_client, Client()):
            response = client.get(reverse("admin:status"))

            assert response.status_code in {302, 403}
            assert "Clusters of workers" not in response.text


class TestPage:
    def test_says_that_all_is_well(self, staff: Client, org: Organization) -> None:
        run_of(org)
        ended(org, RunState.FAILED, "network", minutes=3)

        text = staff.get(reverse("admin:status")).text

        assert "All is well." in text
        assert "The tick</h2>" in text
        for shown in (
            "Import files",
            "worker_rows",
            "queued",
            "acme",
            "network",
        ):
            assert f">{shown}</td>" in text
        # Which tables are the largest hangs on what was in them before.
        assert re.search(r">(?:ingestion|media|tenants|connectors)_\w+</td>", text)

    def test_says_what_is_wrong_first(self, staff: Client) -> None:
        let_tick_be(10)

        text = staff.get(reverse("admin:status")).text

        assert "All is well." not in text
        assert text.index("The tick came last 10 min ago") < text.index("Clusters of workers")

    def test_of_a_database_that_is_not_migrated_says_so(
        self, staff: Client, schema: Schema
    ) -> None:
        schema.lack_migration()
        schema.lack_table()

        response = staff.get(reverse("admin:status"))

        assert response.status_code == 200
        assert "Not migrated yet: media.9999_later." in response.text
        assert "Clusters of workers" not in response.text

    def test_is_asked_for_anew_and_kept_by_nobody(self, staff: Client) -> None:
        response = staff.get(reverse("admin:status"))

        assert 'hx-trigger="every 15s"' in response.text
        assert "no-store" in response["Cache-Control"]
        assert staff.post(reverse("admin:status")).status_code == 405

    def test_takes_as_many_statements_whatever_there_is(
        self, staff: Client, org: Organization, other_org: Organization
    ) -> None:
        staff.get(reverse("admin:status"))
        with CaptureQueriesContext(connection) as few:
            staff.get(reverse("admin:status"))
        for owner in (org, other_org):
            run_of(owner)
            ended(owner, RunState.FAILED, "network", minutes=3)

        with CaptureQueriesContext(connection) as many:
            staff.get(reverse("admin:status"))

        assert len(many) == len(few)
