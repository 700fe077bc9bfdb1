"""Boards that are gone, secret, or shared by accounts: what a sync says of their pins."""

import pytest
from django.utils import timezone

from connectors.models import Keep
from ingestion.control import cancel
from ingestion.engine.runs import start_run
from ingestion.models import AssetOrigin, Job, Sighting, SyncRun
from ingestion.models.run import RunMode, RunState
from ingestion.policy.expiry import count_expired
from media.models import Asset, Board, BoardItem
from tenants.models import User
from tenants.scope import org_scope
from tests.connectors.policy.reviews import review
from tests.ingestion.support import counts, work
from tests.ingestion.syncs.accounts import (
    DAY,
    FakedPinterest,
    let_come_due,
    link,
    removed,
    shown,
    sync,
    there,
)
from tests.pinterest_api.fake import FakePinterest

# The connector looks at the database beside its event loop, by connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def test_all_again_empties_boards_that_are_gone_and_no_others(
    fake: FakePinterest, job: Job
) -> None:
    kept, gone = fake.add_board("Kept", pins=3), fake.add_board("Gone", pins=2)
    kept.pins.append(gone.pins[0])
    fake.save(kept)
    sync(job)
    mine = board_of_a_file(job, f"pin:{gone.pins[1]}")
    del fake.boards[gone.board_id]

    run = sync(job, mode=RunMode.ALL)

    assert run.state == RunState.SUCCEEDED
    assert removed(job) == {f"pin:{gone.pins[1]}"}
    assert shown(job).keys() == there(fake).keys() | {mine}
    # With nothing changed since, the next look is one request.
    fake.asked.clear()
    sync(job)
    assert len(fake.asked) == 1


def board_of_a_file(job: Job, ref: str) -> tuple[str, str]:
    """Put a pin on a board of the same source that the account has not; return the place."""
    with org_scope(job.org_id):
        board = Board.objects.create(
            org_id=job.org_id, source="pinterest", source_key="name:of a file", name="Of a file"
        )
        asset = Asset.objects.get(source_ref=ref)
        BoardItem.objects.create(org_id=job.org_id, board=board, asset=asset, in_source=True)
    return board.source_key, ref


def test_all_again_begins_at_the_beginning_though_a_sweep_is_under_way(
    fake: FakePinterest, job: Job
) -> None:
    first = fake.add_board("First", pins=6)
    fake.add_board("Second", pins=6)
    sync(job)
    run = sync_in_part(job, slices=3)
    with org_scope(job.org_id):
        assert Sighting.objects.count() > 0
        cancel(run, None)
    gone = first.pins[0]
    fake.remove(first, gone)
    fake.asked.clear()

    again = sync(job, mode=RunMode.ALL)

    assert (again.state, counts(again)["raw"]) == (RunState.SUCCEEDED, 11)
    assert removed(job) == {f"pin:{gone}"}
    assert shown(job) == there(fake)


def sync_in_part(job: Job, *, slices: int) -> SyncRun:
    """Begin to read everything, a page in each slice."""
    with org_scope(job.org_id):
        run = start_run(job, mode=RunMode.ALL)
    for _ in range(slices):
        with org_scope(job.org_id):
            let_come_due(run)
        run = work(run, stop=lambda: True)
    return run


def test_secret_boards_that_may_not_be_seen_any_more_are_not_gone(
    fake: FakePinterest, job: Job, owner_user: User
) -> None:
    open_one, hidden = fake.add_board("Open", pins=3), fake.add_board("H", pins=4, privacy="SECRET")
    sync(job)
    before, gone = shown(job), open_one.pins[0]
    fake.scopes -= {"boards:read_secret", "pins:read_secret"}
    link(fake, job, by=owner_user)
    fake.remove(open_one, gone)

    sync(job)
    sync(job, mode=RunMode.ALL)

    assert removed(job) == {f"pin:{gone}"}
    assert shown(job).keys() == before.keys() - {(f"board:{open_one.board_id}", f"pin:{gone}")}
    # Once they may be seen, what went meanwhile is found.
    fake.scopes |= {"boards:read_secret", "pins:read_secret"}
    link(fake, job, by=owner_user)
    del fake.boards[hidden.board_id]
    sync(job, mode=RunMode.ALL)
    assert len(removed(job)) == 5


def expired(job: Job) -> int:
    """Return how many would go, of what came so long ago that only later looks keep it."""
    with org_scope(job.org_id):
        AssetOrigin.objects.update(first_seen_at=timezone.now() - 400 * DAY)
        return sum(count_expired().values())


def test_what_sweeps_may_not_look_at_counts_as_seen_no_more(
    fake: FakePinterest, job: Job, owner_user: User
) -> None:
    """It is not gone, but its source has not shown it: what it may be kept for runs out."""
    review(FakedPinterest.name, keep=Keep.DAYS, keep_days=30)
    fake.add_board("Open", pins=3)
    fake.add_board("H", pins=4, privacy="SECRET")
    sync(job)
    fake.scopes -= {"boards:read_secret", "pins:read_secret"}
    link(fake, job, by=owner_user)
    sync(job, mode=RunMode.ALL)

    assert expired(job) == 0
    with org_scope(job.org_id):
        AssetOrigin.objects.exclude(unseen_since=None).update(
            unseen_since=timezone.now() - 31 * DAY
        )
    sync(job, mode=RunMode.ALL)
    assert expired(job) == 4

    fake.scopes |= {"boards:read_secret", "pins:read_secret"}
    link(fake, job, by=owner_user)
    sync(job, mode=RunMode.ALL)
    assert expired(job) == 0


def test_pins_are_as_secret_as_their_board_with_the_next_look(
    fake: FakePinterest, job: Job
) -> None:
    board, other = fake.add_board("One", pins=9), fake.add_board("Other", pins=9)
    sync(job)
    for privacy, expected in (("SECRET", 9), ("PROTECTED", 0), ("SECRET", 9), ("PUBLIC", 0)):
        board.privacy = privacy
        fake.asked.clear()

        run = sync(job)

        assert (run.state, run.updated_count, len(fake.asked)) == (RunState.SUCCEEDED, 9, 4)
        with org_scope(job.org_id):
            secret = Asset.objects.filter(is_secret=True)
            assert set(secret.values_list("source_ref", flat=True)) == {
                f"pin:{pin}" for pin in board.pins[:expected]
            }
            known = Board.objects.get(source_key=f"board:{board.board_id}")
            assert known.is_secret == (privacy != "PUBLIC")
    assert other.privacy == "PUBLIC"
    fake.asked.clear()
    sync(job)
    assert len(fake.asked) == 1


def test_a_board_that_turns_secret_while_all_is_read_is_read_by_the_next_run(
    fake: FakePinterest, job: Job
) -> None:
    board = fake.add_board("One", pins=6)
    fake.add_board("Two", pins=1)
    sync(job)

    def turn(path: str) -> None:
        if path.endswith("/pins") and board.board_id not in path:
            board.privacy = "SECRET"

    fake.before = turn
    sync(job, mode=RunMode.ALL)
    sync(job)

    with org_scope(job.org_id):
        assert Asset.objects.filter(is_secret=True).count() == 6
    assert removed(job) == set()
    fake.asked.clear()
    sync(job)
    assert len(fake.asked) == 1


def test_a_pin_of_two_accounts_is_gone_when_both_have_let_it_go(
    fake: FakePinterest, job: Job, owner_user: User
) -> None:
    one, other = fake.add_board("One", pins=3), fake.add_board("Other")
    gone = one.pins[0]
    other.pins.append(gone)
    fake.save(other)
    fake.boards = {one.board_id: one}
    sync(job)
    fake.boards = {other.board_id: other}
    second = link(fake, job, by=owner_user, account_id="9002")
    sync(second)

    fake.remove(one, gone)
    fake.boards = {one.board_id: one}
    sync(job, mode=RunMode.ALL)
    assert removed(job) == set()
    fake.remove(other, gone)
    fake.boards = {other.board_id: other}
    sync(second, mode=RunMode.ALL)

    assert removed(job) == {f"pin:{gone}"}
