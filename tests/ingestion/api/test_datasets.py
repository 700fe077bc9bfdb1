"""Datasets over the API: how fresh each is, and what people want to hear of it."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors.models import Connection
from ingestion.models import DatasetFlip, DatasetStatus
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.factories import MembershipFactory
from tests.ingestion.api.support import V1, make_job, post, put, queries_of

pytestmark = pytest.mark.django_db

Headers = dict[str, str]
DAY_S = 86_400


def make_status(org: Organization, **fields: Any) -> DatasetStatus:
    """Return saved items of a connection of their own that were fresh a minute ago."""
    now = timezone.now()
    with org_scope(org.pk):
        source = Connection.objects.create(org=org, source="pinterest", name=uuid.uuid4().hex)
        values = {"name": "saved_items", "connection": source, "state": "fresh"}
        values |= {"as_of": now - dt.timedelta(minutes=1), "last_success_at": now}
        return DatasetStatus.objects.create(org=org, **values | fields)


@pytest.fixture(autouse=True)
def no_others(org: Organization) -> None:
    """Forget the datasets that came with the organization."""
    with org_scope(org.pk):
        DatasetStatus.objects.all().delete()


def states(client: Client, headers: Headers, query: str = "") -> list[str]:
    response = client.get(f"{V1}/datasets{query}", headers=headers)
    assert response.status_code == 200
    return [status["state"] for status in response.json()]


class TestReading:
    def test_the_worst_comes_first(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        for state in ("fresh", "stale", "late"):
            make_status(org, state=state)

        assert states(client, headers) == ["stale", "late", "fresh"]

    def test_one_tells_its_age_in_figures_and_in_words(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        status = make_status(org, as_of=timezone.now() - dt.timedelta(days=34), row_count=7)

        body = client.get(f"{V1}/datasets/{status.pk}", headers=headers).json()

        assert (body["name"], body["label"]) == ("saved_items", "Saved items")
        assert body["connection_id"] == str(status.connection_id)
        assert "34 days old" in body["sentence"]
        assert body["row_count"] == 7

    def test_a_state_that_time_has_made_worse_is_told_as_it_is_by_now(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        make_status(org, as_of=timezone.now() - dt.timedelta(days=10), remind_every_s=7 * DAY_S)

        assert states(client, headers) == ["late"]
        assert states(client, headers, "?state=fresh") == []

    def test_the_list_costs_the_same_for_any_number(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        make_status(org)
        few = queries_of(client, "datasets", headers)
        for _ in range(5):
            make_status(org)

        assert len(queries_of(client, "datasets", headers)) == len(few) == 1


class TestFilters:
    def test_keep_what_was_asked_for(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        make_status(org, state="late")
        make_status(org, state="stale")
        pictures = make_status(org, name="pictures", connection=None)
        source = make_status(org).connection_id

        assert states(client, headers, "?state=late&state=stale") == ["stale", "late"]
        assert states(client, headers, "?name=pictures") == ["fresh"]
        assert states(client, headers, f"?connection={source}") == ["fresh"]
        assert states(client, headers, "?name=pictures&state=late") == []
        assert states(client, headers, "?name=drop_folder") == []
        assert pictures.connection_id is None

    def test_of_anothers_connection_find_what_a_made_up_one_does(
        self, org: Organization, other_org: Organization, client: Client, headers: Headers
    ) -> None:
        make_status(org, name="pictures", connection=None)
        foreign = make_status(other_org)

        for key in (foreign.connection_id, uuid.uuid4()):
            assert states(client, headers, f"?connection={key}") == []

    @pytest.mark.parametrize("query", ["?stat=late", "?state=old", "?limit=1", "?name=picturs"])
    def test_with_a_slip_are_refused(self, client: Client, headers: Headers, query: str) -> None:
        response = client.get(f"{V1}/datasets{query}", headers=headers)

        assert (response.status_code, response.json()["code"]) == (400, "invalid")


class TestFlips:
    def test_are_listed_the_latest_first_and_have_pages(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        status, other = make_status(org), make_status(org)
        with org_scope(org.pk):
            for of, new in ((status, "fresh"), (status, "late"), (other, "stale")):
                DatasetFlip.objects.create(
                    org=org, dataset=of, old_state="never_synced", new_state=new, reason="time",
                    at=timezone.now(),
                )  # fmt: skip

        first = client.get(f"{V1}/datasets/{status.pk}/flips?limit=1", headers=headers).json()
        second = client.get(first["next"], headers=headers).json()

        assert [flip["new_state"] for flip in first["results"]] == ["late"]
        assert [flip["new_state"] for flip in second["results"]] == ["fresh"]
        assert second["next"] is None


class TestReminder:
    def test_is_set_in_days_and_taken_away(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        status = make_status(org)

        kept = put(client, f"datasets/{status.pk}/reminder", headers, days=14).json()
        gone = put(client, f"datasets/{status.pk}/reminder", headers, days=None).json()

        assert (kept["remind_every_s"], gone["remind_every_s"]) == (14 * DAY_S, None)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, (400, "invalid")),
            ({"days": "soon"}, (400, "invalid")),
            ({"days": 0}, (422, "reminder_refused")),
        ],
    )
    def test_that_is_no_number_of_days_is_refused(
        self,
        org: Organization,
        client: Client,
        headers: Headers,
        body: dict[str, Any],
        code: tuple[int, str],
    ) -> None:
        response = put(client, f"datasets/{make_status(org).pk}/reminder", headers, **body)

        assert (response.status_code, response.json()["code"]) == code

    def test_of_what_comes_by_a_schedule_is_refused(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        status = make_status(org, job=make_job(org))

        response = put(client, f"datasets/{status.pk}/reminder", headers, days=14)

        assert response.json()["code"] == "reminder_refused"


class TestMuting:
    def test_ends_by_itself_or_at_once(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        status = make_status(org)

        muted = post(client, f"datasets/{status.pk}/mute", headers, until="2030-01-01T00:00:00Z")
        again = post(client, f"datasets/{status.pk}/mute", headers, until=None)

        assert muted.json()["muted_until"] == "2030-01-01T00:00:00Z"
        assert again.json()["muted_until"] is None


class TestOthers:
    def test_find_no_dataset_of_another_organization(
        self, other_org: Organization, client: Client, headers: Headers
    ) -> None:
        path = f"datasets/{make_status(other_org).pk}"

        for address in (path, f"{path}/flips"):
            assert client.get(f"{V1}/{address}", headers=headers).status_code == 404
        assert put(client, f"{path}/reminder", headers, days=7).status_code == 404
        assert post(client, f"{path}/mute", headers, until=None).status_code == 404

    def test_who_only_look_may_not_choose(self, org: Organization, client: Client) -> None:
        viewer = MembershipFactory.create(org=org, role=Role.VIEWER)
        client.force_login(viewer.user)
        session = {"X-Magpie-Org": org.slug}
        path = f"datasets/{make_status(org).pk}"

        assert client.get(f"{V1}/{path}", headers=session).status_code == 200
        assert put(client, f"{path}/reminder", session, days=7).status_code == 403
        assert post(client, f"{path}/mute", session, until=None).status_code == 403
