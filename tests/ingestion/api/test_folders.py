"""Folders that programs watch no more, and the connections that they name."""

import pytest
from django.test import Client

from connectors.models import Connection
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.api.support import V1, listed, make_job, make_run, post

pytestmark = pytest.mark.django_db

Headers = dict[str, str]


def connect(org: Organization, name: str = "Pinterest") -> Connection:
    with org_scope(org.pk):
        return Connection.objects.create(org=org, source="pinterest", name=name)


class TestStopping:
    def test_puts_the_job_away_with_what_waited_and_twice_changes_nothing(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        job = make_job(org, kind=JobKind.DROP, connection=connect(org), interval_s=3600)
        run = make_run(job, state="queued")

        first, second = (post(client, f"jobs/{job.pk}/stop", headers) for _ in range(2))

        assert (first.status_code, second.status_code) == (200, 200)
        assert first.json() == second.json()
        assert (first.json()["state"], first.json()["next_due_at"]) == ("archived", None)
        with org_scope(org.pk):
            assert SyncRun.objects.get(pk=run.pk).state == "cancelled"

    def test_of_another_kind_of_job_is_refused(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        job = make_job(org)

        response = post(client, f"jobs/{job.pk}/stop", headers)

        assert (response.status_code, response.json()["code"]) == (409, "not_ready")
        assert "pause this job" in response.json()["message"]
        with org_scope(org.pk):
            assert Job.objects.get(pk=job.pk).state == JobState.ACTIVE

    def test_of_anothers_folder_finds_none(
        self, other_org: Organization, client: Client, headers: Headers
    ) -> None:
        foreign = make_job(other_org, kind=JobKind.DROP, connection=connect(other_org))

        assert post(client, f"jobs/{foreign.pk}/stop", headers).status_code == 404


class TestConnections:
    def test_are_the_organizations_by_name(
        self, org: Organization, other_org: Organization, client: Client, headers: Headers
    ) -> None:
        later, first = connect(org, "Studio"), connect(org, "Kitchen")
        connect(other_org, "Theirs")

        found = listed(client, "connections", headers)

        assert [each["id"] for each in found] == [str(first.pk), str(later.pk)]
        assert found[0] == {
            "id": str(first.pk),
            "source": "pinterest",
            "name": "Kitchen",
            "blocked_until": None,
            "account_name": "",
            "state": "",
            "expires_at": None,
        }

    @pytest.mark.parametrize("path", ["connections", "imports"])
    def test_and_imports_are_not_listed_by_a_filter_that_is_none(
        self, client: Client, headers: Headers, path: str
    ) -> None:
        response = client.get(f"{V1}/{path}?stat=failed", headers=headers)

        assert (response.status_code, set(response.json()["fields"])) == (400, {"stat"})
