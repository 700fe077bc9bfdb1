"""What brings files into the library takes a token that was made for that as well."""

import pytest
from django.test import Client

from connectors.models import Connection
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from tenants.models import Membership, Organization
from tenants.scope import org_scope
from tenants.token_scopes import TokenScope
from tests.ingestion.api.support import make_job, make_run, post, put
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db

Headers = dict[str, str]
CALLS = [
    "jobs/{job}/run",
    "jobs/{job}/resume",
    "jobs/{job}/backfill",
    "jobs/{job}/rewind",
    "jobs/{job}/rehearse",
    "runs/{run}/retry",
    "runs/{run}/retry-failed",
]


@pytest.fixture
def control_only(caller: Membership) -> Headers:
    """What a program sends whose token was made to control jobs alone."""
    return bearer(token_of(caller, scopes=[TokenScope.SYNC_CONTROL]))


def files(org: Organization, kind: str) -> Job:
    """Return a job that brings files."""
    with org_scope(org.pk):
        source = Connection.objects.create(org=org, source="pinterest", name="Pinterest")
    return make_job(org, kind=kind, connection=source, is_one_off=kind == JobKind.IMPORT)


@pytest.mark.parametrize("kind", [JobKind.IMPORT, JobKind.DROP])
class TestControlAlone:
    @pytest.mark.parametrize("call", CALLS)
    def test_begins_nothing_that_brings_files(
        self, org: Organization, client: Client, control_only: Headers, kind: str, call: str
    ) -> None:
        job = files(org, kind)
        run = make_run(job, state="failed")

        response = post(client, call.format(job=job.pk, run=run.pk), control_only)

        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
        assert "imports:write" in response.text
        with org_scope(org.pk):
            assert list(SyncRun.objects.filter(kind=kind)) == [run]

    def test_schedules_nothing_that_brings_files(
        self, org: Organization, client: Client, control_only: Headers, kind: str
    ) -> None:
        job = files(org, kind)

        response = put(client, f"jobs/{job.pk}/schedule", control_only, interval_s=3600)

        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")

    def test_pauses_and_cancels(
        self, org: Organization, client: Client, control_only: Headers, kind: str
    ) -> None:
        job = files(org, kind)
        run = make_run(job, state="queued")

        assert post(client, f"runs/{run.pk}/cancel", control_only).status_code == 202
        if kind == JobKind.DROP:
            assert post(client, f"jobs/{job.pk}/pause", control_only).status_code == 200


def test_control_alone_watches_no_folder(
    org: Organization, client: Client, control_only: Headers
) -> None:
    response = post(client, "jobs", control_only, kind="drop", source="pinterest")

    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
    with org_scope(org.pk):
        assert not Connection.objects.exists()


def test_control_alone_runs_what_brings_no_files(
    org: Organization, client: Client, control_only: Headers
) -> None:
    assert post(client, f"jobs/{make_job(org).pk}/run", control_only).status_code == 202
