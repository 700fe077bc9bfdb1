"""Changes of very many assets go on behind the request, as one operation."""

import math

import pytest

from ingestion.engine import claims
from ingestion.engine.drain import run_slice
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from media import operations
from media.library import LibraryFilter, page_of
from media.models import Asset, AssetTag, Operation, OperationBatch, OperationItem
from media.operations import Selection
from tenants.errors import NotReadyError
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.ingestion.changes import EVERYTHING, now, tag_all, tagged, work
from tests.ingestion.support import make_due
from tests.media.making import make_asset

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_batches")]


@pytest.fixture
def five(org: Organization) -> list[Asset]:
    """Five assets."""
    return [make_asset(org, f"Chair {number}") for number in range(5)]


@pytest.mark.usefixtures("five")
class TestChange:
    def test_of_a_few_is_made_at_once(self, org: Organization, owner_user: User) -> None:
        with org_scope(org.pk):
            few = Selection.of_ids(list(Asset.objects.values_list("pk", flat=True)[:3]))
            operation = operations.add_tags(few, ["oak"], owner_user)

            assert (operation.is_going_on, operation.changed_count) == (False, 3)
            assert not SyncRun.objects.exists()

    def test_of_many_is_queued_and_then_made(self, org: Organization, owner_user: User) -> None:
        operation = tag_all(org, owner_user)
        assert (operation.summary, tagged(org)) == ("Adding #oak to 5 assets", 0)

        run = work(org)

        operation = now(org, operation)
        assert run.state == RunState.SUCCEEDED
        assert (operation.is_going_on, operation.changed_count) == (False, 5)
        assert (operation.done_count, operation.total_count) == (5, 5)
        assert operation.summary == "Added #oak to 5 assets"
        assert tagged(org) == 5
        with org_scope(org.pk):
            assert len(page_of(LibraryFilter(q="oak")).items) == 5
            assert not OperationBatch.objects.exists()

    def test_is_of_what_was_there_when_it_was_asked_for(
        self, org: Organization, owner_user: User
    ) -> None:
        tag_all(org, owner_user)
        late = make_asset(org, "Late")

        work(org)

        with org_scope(org.pk):
            assert not AssetTag.objects.filter(asset=late).exists()

    def test_goes_on_where_a_slice_ended(self, org: Organization, owner_user: User) -> None:
        operation = tag_all(org, owner_user)

        run = work(org, batches=1)

        assert run.state == RunState.QUEUED
        assert (now(org, operation).done_count, tagged(org)) == (2, 2)
        work(org)
        assert (now(org, operation).changed_count, tagged(org)) == (5, 5)

    def test_cancelled_keeps_what_was_made_and_can_undo_that(
        self, org: Organization, owner_user: User
    ) -> None:
        operation = tag_all(org, owner_user)
        work(org, batches=1)

        with org_scope(org.pk):
            operations.cancel(operation)
        run = work(org)

        operation = now(org, operation)
        assert run.state == RunState.SUCCEEDED
        assert operation.summary == "Added #oak to 2 assets (stopped after 2 of 5)"
        assert tagged(org) == 2
        with org_scope(org.pk):
            undone = operations.undo(operation, owner_user)
        assert (undone.changed_count, tagged(org)) == (2, 0)

    def test_that_goes_on_cannot_be_undone_yet(self, org: Organization, owner_user: User) -> None:
        operation = tag_all(org, owner_user)

        with org_scope(org.pk), pytest.raises(NotReadyError, match="still going on"):
            operations.undo(operation, owner_user)

    def test_that_changes_nothing_is_not_told(self, org: Organization, owner_user: User) -> None:
        tag_all(org, owner_user)
        work(org)

        tag_all(org, owner_user)
        work(org)

        with org_scope(org.pk):
            assert Operation.objects.worth_telling().count() == 1

    def test_of_two_people_is_worked_in_the_order_asked(
        self, org: Organization, owner_user: User
    ) -> None:
        tag_all(org, owner_user)
        with org_scope(org.pk):
            removed = operations.remove_tags(EVERYTHING, ["oak"], owner_user)

        work(org)

        assert (now(org, removed).changed_count, tagged(org)) == (5, 0)


@pytest.mark.usefixtures("five")
class TestUndo:
    def test_of_many_is_queued_too(self, org: Organization, owner_user: User) -> None:
        operation = tag_all(org, owner_user)
        work(org)

        with org_scope(org.pk):
            undone = operations.undo(now(org, operation), owner_user)
        assert undone.summary == "Undoing: Added #oak to 5 assets"
        work(org)

        undone = now(org, undone)
        assert undone.summary == "Undid: Added #oak to 5 assets"
        assert (undone.changed_count, undone.kept_count, tagged(org)) == (5, 0, 0)
        assert now(org, operation).undone_at is not None

    def test_keeps_what_was_changed_later(
        self, org: Organization, owner_user: User, five: list[Asset]
    ) -> None:
        operation = tag_all(org, owner_user)
        work(org)
        with org_scope(org.pk):
            operations.remove_tags(Selection.of_ids([five[0].pk]), ["oak"], owner_user)
            undone = operations.undo(now(org, operation), owner_user)
        work(org)

        undone = now(org, undone)
        assert (undone.changed_count, undone.kept_count) == (4, 1)
        assert undone.summary.endswith("(4 of 5; the rest changed later)")

    def test_cancelled_lets_the_rest_be_undone_later(
        self, org: Organization, owner_user: User
    ) -> None:
        operation = tag_all(org, owner_user)
        work(org)
        with org_scope(org.pk):
            undone = operations.undo(now(org, operation), owner_user)
        work(org, batches=1)
        with org_scope(org.pk):
            operations.cancel(undone)
        work(org)
        assert (tagged(org), now(org, operation).undone_at) == (3, None)

        with org_scope(org.pk):
            operations.undo(now(org, operation), owner_user)
        work(org)

        assert tagged(org) == 0

    @pytest.mark.parametrize("kind", ["trash", "board"])
    def test_leads_back_whatever_was_changed(
        self, org: Organization, owner_user: User, kind: str
    ) -> None:
        with org_scope(org.pk):
            board, _ = operations.create_board("Kitchen", owner_user)
            if kind == "trash":
                operation = operations.trash_assets(EVERYTHING, owner_user)
            else:
                operation = operations.add_to_board(EVERYTHING, board, owner_user)
        work(org)
        assert now(org, operation).changed_count == 5

        with org_scope(org.pk):
            operations.undo(now(org, operation), owner_user)
        work(org)

        with org_scope(org.pk):
            assert Asset.objects.present().count() == 5
            assert not board.items.filter(is_member=True).exists()


@pytest.mark.usefixtures("five")
def test_a_worker_that_dies_in_a_batch_repeats_nothing(
    org: Organization, owner_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = tag_all(org, owner_user)
    work(org, batches=1)
    with org_scope(org.pk):
        run = SyncRun.objects.open().get(kind="change")
    make_due(run.pk, org)
    held = claims.claim(run_id=run.pk)
    assert held is not None

    # Dies after the change and before the commit: nothing of the batch is there.
    with monkeypatch.context() as patch:
        patch.setattr("media.operations.batches._save_progress", _die)
        with pytest.raises(KeyboardInterrupt):
            run_slice(held, seconds=math.inf)
    assert tagged(org) == 2
    claims.release(claims.lease_owner())
    run = work(org)

    assert run.state == RunState.SUCCEEDED
    operation = now(org, operation)
    assert (operation.changed_count, operation.done_count, tagged(org)) == (5, 5, 5)
    with org_scope(org.pk):
        assert OperationItem.objects.filter(operation=operation).count() == 5


def _die(operation: Operation) -> None:
    raise KeyboardInterrupt
