"""Words of very many assets follow their board behind the request."""

import pytest
from django.utils import timezone

from ingestion.engine import claims
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from media import operations
from media.library import LibraryFilter, page_of
from media.models import Board, OperationBatch
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.ingestion.changes import now, tag_all, work
from tests.ingestion.support import claimed, make_due
from tests.media.making import make_asset, make_board

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_batches")]


@pytest.fixture
def board(org: Organization) -> Board:
    """A board of five assets."""
    with org_scope(org.pk):
        board = make_board(org, "Kitchen")
        for number in range(5):
            make_asset(org, f"Chair {number}", boards=(board,))
    return board


def found(org: Organization, words: str) -> int:
    with org_scope(org.pk):
        return len(page_of(LibraryFilter(q=words)).items)


def test_a_name_is_given_at_once_and_found_later(
    org: Organization, board: Board, owner_user: User
) -> None:
    with org_scope(org.pk):
        operation = operations.rename_board(board, "Garden", owner_user)
        assert Board.objects.get().name == "Garden"
    assert (operation.is_going_on, operation.changed_count) == (False, 1)
    assert (found(org, "kitchen"), found(org, "garden")) == (5, 0)

    run = work(org)

    assert run.state == RunState.SUCCEEDED
    assert (found(org, "kitchen"), found(org, "garden")) == (0, 5)
    operation = now(org, operation)
    assert (operation.changed_count, operation.summary) == (
        1, "Renamed the board “Kitchen” to “Garden”",
    )  # fmt: skip


def test_a_removed_board_is_found_no_more(
    org: Organization, board: Board, owner_user: User
) -> None:
    with org_scope(org.pk):
        operations.remove_board(board, owner_user)

    work(org)

    assert found(org, "kitchen") == 0


def test_undoing_it_needs_no_waiting(org: Organization, board: Board, owner_user: User) -> None:
    with org_scope(org.pk):
        operation = operations.rename_board(board, "Garden", owner_user)
        undone = operations.undo(operation, owner_user)
        assert Board.objects.get().name == "Kitchen"
    assert undone.summary == "Undid: Renamed the board “Kitchen” to “Garden”"

    work(org)

    assert (found(org, "kitchen"), found(org, "garden")) == (5, 0)


def test_cannot_be_cancelled(org: Organization, board: Board, owner_user: User) -> None:
    with org_scope(org.pk):
        operation = operations.rename_board(board, "Garden", owner_user)

        assert operations.cancel(operation).cancelled_at is None
        assert OperationBatch.objects.count() == 3


def lose_for_good(org: Organization) -> SyncRun:
    """Let the open run lose each of its workers."""
    with org_scope(org.pk):
        run = SyncRun.objects.open().get()
    for _ in range(3):
        make_due(run.pk, org)
        claimed(run)
        claims.release(claims.lease_owner())
    with org_scope(org.pk):
        run.refresh_from_db()
    return run


class TestWhereTheWorkFailsForGood:
    def test_the_change_stays_made_and_its_words_follow_yet(
        self, org: Organization, board: Board, owner_user: User
    ) -> None:
        with org_scope(org.pk):
            operation = operations.rename_board(board, "Garden", owner_user)

        assert lose_for_good(org).state == RunState.DEAD

        operation = now(org, operation)
        assert (operation.failed_at, operation.error_code, operation.changed_count) == (None, "", 1)
        assert operation.summary == "Renamed the board “Kitchen” to “Garden”"

        work(org)

        assert found(org, "garden") == 5
        with org_scope(org.pk):
            assert not OperationBatch.objects.exists()
            assert not SyncRun.objects.open().exists()

    def test_words_hold_up_no_change_behind_them(
        self, org: Organization, board: Board, owner_user: User
    ) -> None:
        with org_scope(org.pk):
            operations.rename_board(board, "Garden", owner_user)
        behind = tag_all(org, owner_user)
        for _ in range(3):
            lose_for_good(org)

        work(org, batches=3)

        assert now(org, behind).changed_count == 5
        with org_scope(org.pk):
            assert OperationBatch.objects.exclude(operation=behind).count() == 3

        work(org)

        with org_scope(org.pk):
            assert not OperationBatch.objects.exists()

    def test_words_that_fail_again_and_again_are_tried_ever_later(
        self, org: Organization, board: Board, owner_user: User
    ) -> None:
        with org_scope(org.pk):
            operations.rename_board(board, "Garden", owner_user)

        waits_s = []
        for _ in range(6):
            lose_for_good(org)
            with org_scope(org.pk):
                next_run = SyncRun.objects.open().get()
            waits_s.append((next_run.run_after - timezone.now()).total_seconds())

        # Three batches, each with a first try; then the third bad end in a row, and so on.
        assert [wait_s < 1 for wait_s in waits_s] == [True, True, False, False, False, False]
        assert 1000 < waits_s[2] <= 1200 < waits_s[3] <= 2400 < waits_s[4] <= 3600
        assert waits_s[5] <= 3600


def test_of_a_few_follow_at_once(org: Organization, owner_user: User) -> None:
    with org_scope(org.pk):
        board = make_board(org, "Kitchen")
        make_asset(org, "Chair", boards=(board,))
        operations.rename_board(board, "Garden", owner_user)

        assert not SyncRun.objects.exists()
    assert (found(org, "kitchen"), found(org, "garden")) == (0, 1)
