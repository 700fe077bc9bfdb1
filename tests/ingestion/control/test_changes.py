"""Runs that carry out changes of the library are steered by nobody, and never leave one open."""

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ingestion import control
from ingestion.control.errors import NotSteeredError
from ingestion.engine import claims, runs
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.schedule.cadence import Cadence
from media import operations
from media.models import Operation, OperationBatch
from tenants.models import Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.factories import MembershipFactory
from tests.ingestion.api.support import V1, post
from tests.ingestion.changes import EVERYTHING, now, tag_all, tagged, work
from tests.ingestion.support import make_due
from tests.ingestion.views.support import text_of
from tests.media.making import make_asset
from tests.tenants.tokens import bearer, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_batches")]

Steer = Callable[[SyncRun, User], object]
STEERING: dict[str, Steer] = {
    "run now": lambda run, by: control.run_now(run.job, by),
    "retry now": control.retry_now,
    "retry failed": control.retry_failed,
    "pause": lambda run, by: control.pause(run.job, by),
    "schedule": lambda run, by: control.edit_schedule(run.job, Cadence(interval_s=3600), by),
    "cancel": control.cancel,
}


@pytest.fixture
def operation(org: Organization, owner_user: User) -> Operation:
    """A change of five assets that waits for a worker."""
    for number in range(5):
        make_asset(org, f"Chair {number}")
    return tag_all(org, owner_user)


@pytest.fixture
def run(org: Organization, operation: Operation) -> SyncRun:
    """The run that carries it out."""
    with org_scope(org.pk):
        return SyncRun.objects.select_related("job").get(kind="change")


class TestSteering:
    @pytest.mark.parametrize("name", STEERING)
    def test_is_refused_and_leads_to_activity(
        self, org: Organization, run: SyncRun, owner_user: User, name: str
    ) -> None:
        with org_scope(org.pk), pytest.raises(NotSteeredError, match="open Activity") as refused:
            STEERING[name](run, owner_user)

        assert refused.value.status == HTTPStatus.CONFLICT
        assert work(org).state == RunState.SUCCEEDED
        assert tagged(org) == 5

    def test_that_paused_the_job_once_can_be_taken_back(
        self, org: Organization, run: SyncRun, owner_user: User
    ) -> None:
        with org_scope(org.pk):
            Job.objects.filter(pk=run.job_id).update(
                state=JobState.PAUSED, paused_at=timezone.now()
            )

            assert control.resume(run.job, owner_user)

        assert work(org).state == RunState.SUCCEEDED

    @pytest.mark.parametrize(
        "call", ["runs/{run}/cancel", "runs/{run}/retry", "jobs/{job}/run", "jobs/{job}/pause"]
    )
    def test_over_the_api_goes_round_no_permission(
        self, org: Organization, operation: Operation, run: SyncRun, client: Client, call: str
    ) -> None:
        headers = bearer(token_of(MembershipFactory.create(org=org, role=Role.EDITOR)))
        own_way = post(client, f"operations/{operation.pk}/cancel", headers)

        response = post(client, call.format(run=run.pk, job=run.job_id), headers)

        assert (own_way.status_code, own_way.json()["code"]) == (403, "role_too_low")
        assert (response.status_code, response.json()["code"]) == (409, "not_steered")
        assert now(org, operation).is_going_on

    def test_is_said_of_the_kind(self, org: Organization, client: Client) -> None:
        headers = bearer(token_of(MembershipFactory.create(org=org, role=Role.EDITOR)))

        found = client.get(f"{V1}/kinds", headers=headers).json()

        not_steered = [kind["name"] for kind in found if not kind["can_control"]]
        assert not_steered == ["change", "faces_withdrawal"]

    def test_is_not_offered_on_the_runs_page(
        self, org: Organization, operation: Operation, run: SyncRun, client_for: ClientFor
    ) -> None:
        editor = client_for(Role.EDITOR)
        url = f"/o/{org.slug}/runs/{run.pk}/"

        page = editor.get(url)
        answer = editor.post(f"{url}cancel/", follow=True)

        assert "run-cancel" not in page.content.decode()
        assert f"/o/{org.slug}/activity/" in page.content.decode()
        assert "To stop or undo one of the changes, open Activity." in text_of(answer)
        assert now(org, operation).is_going_on


class TestAnEndByOtherWays:
    """Whatever calls a run off, its change ends, and those behind it are worked."""

    def test_where_it_waits(
        self, org: Organization, operation: Operation, run: SyncRun, owner_user: User
    ) -> None:
        with org_scope(org.pk):
            runs.request_cancel(run, by=None)

        self.check_ended(org, operation, tagged_count=0)

    def test_where_its_worker_sees_it(
        self, org: Organization, operation: Operation, run: SyncRun
    ) -> None:
        work(org, batches=1)
        make_due(run.pk, org)
        held = claims.claim(run_id=run.pk)
        assert held is not None
        with org_scope(org.pk):
            runs.request_cancel(run, by=None)
            runs.cancel_run(held)

        self.check_ended(org, operation, tagged_count=2)

    def test_where_it_is_swept(self, org: Organization, operation: Operation, run: SyncRun) -> None:
        work(org, batches=1)
        make_due(run.pk, org)
        assert claims.claim(run_id=run.pk) is not None
        long_ago = timezone.now() - dt.timedelta(days=1)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                cancel_requested_at=long_ago, lease_expires_at=long_ago
            )
        assert claims.sweep() == 1

        self.check_ended(org, operation, tagged_count=2)

    def check_ended(self, org: Organization, operation: Operation, **expected: Any) -> None:
        operation = now(org, operation)
        assert (operation.is_going_on, operation.cancelled_at is None) == (False, False)
        assert "(stopped after" in operation.summary
        assert tagged(org) == expected["tagged_count"]
        with org_scope(org.pk):
            assert not OperationBatch.objects.exists()
            assert not SyncRun.objects.open().filter(kind="change").exists()

    def test_leaves_those_behind_it_to_another_run(
        self, org: Organization, operation: Operation, run: SyncRun, owner_user: User
    ) -> None:
        with org_scope(org.pk):
            behind = operations.trash_assets(EVERYTHING, owner_user)
            runs.request_cancel(run, by=None)

        assert not now(org, operation).is_going_on
        assert work(org).pk != run.pk
        assert (now(org, behind).changed_count, tagged(org)) == (5, 0)
