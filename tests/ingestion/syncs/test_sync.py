"""Accounts in sync: the stand-in over loopback, a real database, the engine's own slices."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from connectors.base import register
from connectors.credentials import Tokens
from connectors.models import Connection, Credential
from connectors.pinterest_api.connector import Pinterest
from ingestion.control import cancel
from ingestion.engine.runs import start_run
from ingestion.models import Job, RunEvent, Sighting, SourceCheckpoint, SyncRun
from ingestion.models.run import RunMode, RunState
from ingestion.syncs.services import link_account
from media.models import Asset, Board, BoardItem
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.ingestion.support import counts, work
from tests.pinterest_api.access import refresh, serving
from tests.pinterest_api.fake import FakePinterest

# The connector looks at the database beside its event loop, by connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@register
class FakedPinterest(Pinterest):
    """The connector, with tokens that the stand-in exchanges."""

    name = "faked_pinterest"
    page_size: ClassVar[int] = 4
    fake: ClassVar[FakePinterest]

    def refresh(self, tokens: Tokens) -> Tokens:
        return as_tokens(refresh(self.fake, tokens.refresh_token))


def as_tokens(given: dict[str, Any]) -> Tokens:
    now = timezone.now()
    return Tokens(
        given["access_token"],
        given["refresh_token"],
        now + dt.timedelta(seconds=given["expires_in"]),
        now + 60 * DAY,
        tuple(given["scope"].split(",")),
    )


@pytest.fixture
def fake(settings: Any) -> Iterator[FakePinterest]:
    fake = FakedPinterest.fake = FakePinterest()
    with serving(fake) as port:
        settings.FETCH_HOST_MAP = {"api.pinterest.com": f"127.0.0.1:{port}"}
        yield fake


@pytest.fixture
def job(fake: FakePinterest, org: Organization, owner_user: User) -> Job:
    """A linked account, whose first run is queued."""
    with org_scope(org.pk):
        return link_account(
            FakedPinterest(),
            as_tokens(refresh(fake, "pinr.first")),
            account_id="9001",
            account_name="exampleuser",
            by=owner_user,
        )


def sync(job: Job, **part: Any) -> SyncRun:
    """Sync now, and return the run that did."""
    with org_scope(job.org_id):
        run = start_run(job, **part)
        let_come_due(run)
    return work(run)


def let_come_due(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(run_after=timezone.now() - HOUR)


def shown(job: Job) -> dict[tuple[str, str], str]:
    """Return the titles of what is on the boards, by board and pin."""
    with org_scope(job.org_id):
        places = BoardItem.objects.filter(is_member=True).select_related("asset", "board")
        return {(each.board.source_key, each.asset.source_ref): each.asset.title for each in places}


def there(fake: FakePinterest) -> dict[tuple[str, str], str]:
    """Return the same of the account."""
    return {
        (f"board:{board.board_id}", f"pin:{pin}"): str(
            fake.edits.get(pin, {}).get("title", f"Pin {pin}")
        )
        for board in fake.boards.values()
        for pin in board.pins
    }


def removed(job: Job) -> set[str]:
    with org_scope(job.org_id):
        found = Asset.objects.filter(is_removed_at_source=True)
        return set(found.values_list("source_ref", flat=True))


def test_an_account_comes_in_and_then_only_what_is_new(fake: FakePinterest, job: Job) -> None:
    for number in range(4):
        fake.add_board(f"Board {number}", pins=number * 4)

    first = sync(job)

    assert (first.state, first.new_count, first.expected_count) == (RunState.SUCCEEDED, 24, 24)
    assert shown(job) == there(fake)
    fake.save(next(iter(fake.boards.values())), 2)
    fake.asked.clear()

    second = sync(job)

    assert (second.state, second.new_count) == (RunState.SUCCEEDED, 2)
    assert shown(job) == there(fake)
    assert len(fake.asked) == 2
    with org_scope(job.org_id):
        assert Sighting.objects.count() == 0


def test_a_sweep_finds_edits_moves_and_removals_and_takes_nothing_from_people(
    fake: FakePinterest, job: Job, owner_user: User
) -> None:
    one, other = fake.add_board("One", pins=6), fake.add_board("Other", pins=3)
    sync(job)
    edited, moved, gone, mine = one.pins[:4]
    with org_scope(job.org_id):
        Asset.objects.filter(source_ref=f"pin:{mine}").update(own_title="Mine")
    fake.edit(edited, title="New words")
    fake.edit(mine, title="The source's")
    fake.remove(one, moved)
    other.pins.append(moved)
    fake.save(other, 0)
    fake.remove(one, gone)

    with org_scope(job.org_id):
        Job.objects.filter(pk=job.pk).update(params={"sweep_days": 1})
        mark = SourceCheckpoint.objects.get(stream="sync")
        old = (timezone.now() - 2 * DAY).isoformat()
        SourceCheckpoint.objects.update(cursor={**(mark.cursor or {}), "swept_at": old})
    run = sync(job)

    assert (run.state, run.updated_count) == (RunState.SUCCEEDED, 3)
    expected = there(fake) | {(f"board:{one.board_id}", f"pin:{mine}"): "Mine"}
    assert shown(job) == expected
    assert removed(job) == {f"pin:{gone}"}
    with org_scope(job.org_id):
        told = RunEvent.objects.filter(run=run, name="removed_at_source")
        figures = list(told.values_list("detail__count", "detail__places"))
        assert Sighting.objects.count() == 0
    assert [sum(column) for column in zip(*figures, strict=True)] == [1, 2]

    # It comes back, and is not marked any more.
    one.pins.append(gone)
    fake.save(one, 0)
    sync(job)
    assert removed(job) == set()
    assert shown(job) == there(fake) | {(f"board:{one.board_id}", f"pin:{mine}"): "Mine"}


def test_a_sweep_that_dies_behind_every_page_goes_on_where_it_stood(
    fake: FakePinterest, job: Job
) -> None:
    boards = [fake.add_board(f"Board {number}", pins=6) for number in range(3)]
    sync(job)
    fake.remove(boards[0], boards[0].pins[2])
    fake.asked.clear()

    with org_scope(job.org_id):
        run = start_run(job, mode=RunMode.ALL)
    slices = 0
    while run.state != RunState.SUCCEEDED and slices < 20:
        with org_scope(job.org_id):
            let_come_due(run)
        run = work(run, stop=lambda: True)
        slices += 1

    assert run.state == RunState.SUCCEEDED
    assert slices > 4
    assert len(removed(job)) == 1
    assert shown(job) == there(fake)
    assert counts(run)["raw"] == 17


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


def test_a_token_that_the_source_refuses_is_exchanged_and_stored(
    fake: FakePinterest, job: Job
) -> None:
    fake.add_board("One", pins=2)
    # Nobody but the source knows that it has ended.
    fake.seconds += 3_000_000

    run = sync(job)

    assert (run.state, run.new_count) == (RunState.SUCCEEDED, 2)
    with org_scope(job.org_id):
        assert Credential.objects.get().version == 2


def test_access_that_was_taken_back_asks_for_a_person(fake: FakePinterest, job: Job) -> None:
    fake.add_board("One", pins=2)
    fake.revoke()

    run = sync(job)

    assert run.state == RunState.ACTION_REQUIRED
    with org_scope(job.org_id):
        assert Credential.objects.get().state == "revoked"
        assert Connection.objects.get(connector="faked_pinterest").jobs.get().pk == job.pk


def link(fake: FakePinterest, job: Job, *, by: User, account_id: str = "9001") -> Job:
    """Link an account with what the stand-in grants today."""
    with org_scope(job.org_id):
        return link_account(
            FakedPinterest(),
            as_tokens(refresh(fake, next(iter(fake._refresh)))),
            account_id=account_id,
            account_name=f"user {account_id}",
            by=by,
        )


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


def test_a_clock_that_ran_ahead_once_does_not_put_sweeps_off(fake: FakePinterest, job: Job) -> None:
    board = fake.add_board("One", pins=3)
    sync(job)
    with org_scope(job.org_id):
        mark = SourceCheckpoint.objects.get(stream="sync")
        ahead = (timezone.now() + 400 * DAY).isoformat()
        SourceCheckpoint.objects.update(cursor={**(mark.cursor or {}), "swept_at": ahead})
    gone = board.pins[0]
    fake.remove(board, gone)

    sync(job)

    assert removed(job) == {f"pin:{gone}"}


def test_an_account_that_is_linked_again_is_the_same_connection(
    fake: FakePinterest, job: Job, owner_user: User
) -> None:
    with org_scope(job.org_id):
        again = link_account(
            FakedPinterest(),
            as_tokens(refresh(fake, next(iter(fake._refresh)))),
            account_id="9001",
            account_name="renamed",
            by=owner_user,
        )

    assert again.pk == job.pk
