"""Accounts in sync: the stand-in over loopback, a real database, the engine's own slices."""

import contextlib
import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from connectors.models import Connection, Credential
from ingestion.engine.runs import start_run
from ingestion.models import Job, RunEvent, Sighting, SourceCheckpoint
from ingestion.models.run import RunMode, RunState
from ingestion.syncs.services import link_account
from media.models import Asset
from tenants.models import User
from tenants.scope import org_scope
from tests.ingestion.support import counts, work
from tests.ingestion.syncs.accounts import (
    DAY,
    FakedPinterest,
    as_tokens,
    let_come_due,
    removed,
    shown,
    sync,
    there,
)
from tests.pinterest_api.access import refresh
from tests.pinterest_api.fake import FakePinterest

# The connector looks at the database beside its event loop, by connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def _swept(job: Job, at: dt.datetime) -> Job:
    """Have everything last been read then."""
    with org_scope(job.org_id):
        mark = SourceCheckpoint.objects.get(stream="sync")
        mark.cursor = {**(mark.cursor or {}), "swept_at": at.isoformat()}
        mark.save(update_fields=["cursor"])
    return job


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
    run = sync(_swept(job, timezone.now() - 2 * DAY))

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


def test_a_sweep_whose_list_of_boards_broke_off_is_made_again_by_the_next_run(
    fake: FakePinterest, job: Job
) -> None:
    boards = [fake.add_board(f"Board {number}", pins=2) for number in range(6)]
    sync(job)
    gone = boards[0].pins[0]
    fake.remove(boards[0], gone)
    fake.stuck = {"/boards"}

    assert sync(_swept(job, timezone.now() - 30 * DAY)).state == RunState.SUCCEEDED
    assert removed(job) == set()
    fake.stuck = set()
    sync(job)

    assert removed(job) == {f"pin:{gone}"}


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


def test_a_clock_that_ran_ahead_once_does_not_put_sweeps_off(fake: FakePinterest, job: Job) -> None:
    board = fake.add_board("One", pins=3)
    sync(job)
    gone = board.pins[0]
    fake.remove(board, gone)

    sync(_swept(job, timezone.now() + 400 * DAY))

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


def test_an_account_that_comes_back_in_two_tabs_at_once_is_one_connection(
    fake: FakePinterest, job: Job, owner_user: User
) -> None:
    """It was renamed between the two."""
    tokens = as_tokens(refresh(fake, next(iter(fake._refresh))))
    both_know = threading.Barrier(2, timeout=2.0)

    def come_back(name: str) -> Any:
        try:
            with org_scope(job.org_id), transaction.atomic():
                linked = link_account(
                    FakedPinterest(), tokens, account_id="7777", account_name=name, by=owner_user
                )
                # Where nobody waits for the other, neither sees what the other makes.
                with contextlib.suppress(threading.BrokenBarrierError):
                    both_know.wait()
                return linked.connection_id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(come_back, ("old name", "new name"))

    assert one == other
    with org_scope(job.org_id):
        found = Connection.objects.filter(account_id="7777")
        assert [each.jobs.count() for each in found] == [1]


def test_an_account_does_not_take_over_what_another_has_twice(
    fake: FakePinterest, job: Job, owner_user: User
) -> None:
    """Earlier releases could link one account twice; of these only one bears its id by now."""
    tokens = as_tokens(refresh(fake, next(iter(fake._refresh))))
    with org_scope(job.org_id):
        Connection.objects.filter(account_id="9001").update(account_id="")

        other = link_account(
            FakedPinterest(), tokens, account_id="7777", account_name="exampleuser", by=owner_user
        )

        assert other.connection_id != job.connection_id


def test_the_database_takes_an_account_once(job: Job) -> None:
    with org_scope(job.org_id), pytest.raises(IntegrityError, match="account_once"):
        Connection.objects.create(
            org_id=job.org_id,
            source="pinterest",
            name="Again",
            connector=FakedPinterest.name,
            account_id="9001",
        )
