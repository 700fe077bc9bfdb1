"""A change that cannot be made ends with a word that says why, and holds up no other."""

import pytest
from django.test import Client

from ingestion.engine import claims
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from media import operations
from media.models import Operation, OperationBatch
from tenants.models import Organization, User
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.ingestion.changes import EVERYTHING, now, tag_all, tagged, work
from tests.ingestion.support import claimed, make_due
from tests.media.making import make_asset

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_batches", "five")]


@pytest.fixture
def five(org: Organization) -> None:
    for number in range(5):
        make_asset(org, f"Chair {number}")


def spoil(org: Organization, operation: Operation) -> None:
    """Let each further batch of ``operation`` fail: what it changes is nothing we know."""
    with org_scope(org.pk):
        Operation.objects.filter(pk=operation.pk).update(target="unknown")


def work_to_the_end(org: Organization) -> SyncRun:
    """Work the open run until it has ended, however often it is tried."""
    run = work(org)
    while run.state == RunState.RETRY_WAIT:
        run = work(org)
    return run


def failed_halfway(org: Organization, by: User) -> Operation:
    operation = tag_all(org, by)
    work(org, batches=1)
    spoil(org, operation)
    work_to_the_end(org)
    with org_scope(org.pk):
        Operation.objects.filter(pk=operation.pk).update(target=operation.target)
    return now(org, operation)


class TestFailed:
    def test_ends_with_its_run_and_says_why(self, org: Organization, owner_user: User) -> None:
        operation = failed_halfway(org, owner_user)

        assert (operation.is_going_on, operation.error_code) == (False, "internal_error")
        assert operation.failed_at is not None
        assert (operation.done_count, operation.changed_count) == (2, 2)
        assert operation.summary.endswith("2 assets (failed after 2 of 5)")
        with org_scope(org.pk):
            assert not OperationBatch.objects.exists()
            assert not SyncRun.objects.open().exists()

    def test_is_tried_again_before(self, org: Organization, owner_user: User) -> None:
        operation = tag_all(org, owner_user)
        spoil(org, operation)

        run = work(org)

        assert (run.state, now(org, operation).is_going_on) == (RunState.RETRY_WAIT, True)

    def test_can_be_undone(self, org: Organization, owner_user: User) -> None:
        operation = failed_halfway(org, owner_user)
        assert tagged(org) == 2

        with org_scope(org.pk):
            undone = operations.undo(operation, owner_user)

        assert (undone.changed_count, tagged(org)) == (2, 0)

    def test_lets_those_behind_it_be_worked(self, org: Organization, owner_user: User) -> None:
        broken = tag_all(org, owner_user)
        with org_scope(org.pk):
            behind = operations.trash_assets(EVERYTHING, owner_user)
        spoil(org, broken)

        first = work_to_the_end(org)
        second = work(org)

        assert (first.state, second.state) == (RunState.FAILED, RunState.SUCCEEDED)
        assert now(org, behind).changed_count == 5
        assert now(org, broken).failed_at is not None

    def test_undo_can_be_asked_for_again(self, org: Organization, owner_user: User) -> None:
        operation = tag_all(org, owner_user)
        work(org)
        with org_scope(org.pk):
            undone = operations.undo(now(org, operation), owner_user)
        spoil(org, undone)
        work_to_the_end(org)

        assert now(org, operation).undone_at is None
        with org_scope(org.pk):
            operations.undo(now(org, operation), owner_user)
        work(org)
        assert tagged(org) == 0

    def test_of_a_worker_that_is_lost_for_good_ends_too(
        self, org: Organization, owner_user: User
    ) -> None:
        operation = tag_all(org, owner_user)
        with org_scope(org.pk):
            run = SyncRun.objects.open().get()

        for _ in range(3):
            make_due(run.pk, org)
            claimed(run)
            claims.release(claims.lease_owner())

        operation = now(org, operation)
        with org_scope(org.pk):
            run.refresh_from_db()
        assert (run.state, operation.is_going_on) == (RunState.DEAD, False)
        assert operation.error_code == "worker_lost"

    def test_tells_on_the_activity_page_what_to_do(
        self, org: Organization, owner_user: User, member_client: Client
    ) -> None:
        failed_halfway(org, owner_user)

        page = member_client.get(org_reverse(org, "media:activity"))

        text = " ".join(page.content.decode().split())
        assert "wrong on our side (internal_error): undo what was done, or ask for the rest" in text
