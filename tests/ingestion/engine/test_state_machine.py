"""Every event meets a run in every state: what is no transition changes nothing at all."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from connectors.errors import CorruptFileError, FetchError
from ingestion.control import retry_now
from ingestion.engine import claims, runs
from ingestion.engine.claims import Claim
from ingestion.models import Job, OrgSchedule, RunAttempt, SyncRun
from ingestion.models.run import HELD_UNTIL, OPEN_STATES, RunState
from ingestion.taxonomy import classify
from tenants.errors import AppError
from tenants.scope import org_scope
from tests.factories import OrganizationFactory
from tests.ingestion.support import claimed, queue_run

LONG_AGO = timezone.now() - dt.timedelta(days=400)
AWAY = classify(FetchError("The source is away.", fetch_code="network"))
SLOW_DOWN = classify(FetchError("Slow down.", fetch_code="rate_limited"))
GONE = classify(FetchError("It is gone.", fetch_code="not_found"))
FAULT = classify(ZeroDivisionError("ours"))
UNREADABLE = classify(CorruptFileError("The file breaks off."))

QUEUED, RUNNING, RETRY_WAIT = RunState.QUEUED, RunState.RUNNING, RunState.RETRY_WAIT
FAILED, CANCELLED = RunState.FAILED, RunState.CANCELLED


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that happens to a run, and where it leads from which states.

    Attributes:
        happen: with the run and the claim under which somebody works it, or once did.
        leads: from state to state; from any other one nothing may change.
        given: what the run's row holds beforehand.
    """

    happen: Callable[[SyncRun, Claim], object]
    leads: Mapping[RunState, RunState]
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def fails(failure: Any) -> Callable[[SyncRun, Claim], object]:
    return lambda _, held: runs.fail_run(held, failure)


def sweep(*_: object) -> int:
    return claims.sweep()


EVENTS = {
    "a worker claims it": Event(
        lambda run, _: claims.claim(run_id=run.pk), {QUEUED: RUNNING, RETRY_WAIT: RUNNING}
    ),
    "a worker asks for it before its time": Event(
        lambda run, _: claims.claim(run_id=run.pk),
        {},
        {"run_after": timezone.now() + dt.timedelta(days=400)},
    ),
    "its slice is over": Event(lambda _, held: runs.yield_run(held), {RUNNING: QUEUED}),
    "its source asks it to wait": Event(fails(SLOW_DOWN), {RUNNING: QUEUED}),
    "its source is away": Event(fails(AWAY), {RUNNING: RETRY_WAIT}),
    "its source is away once too often": Event(
        fails(AWAY), {RUNNING: FAILED}, {"failed_streak": 5}
    ),
    "something is wrong with us": Event(fails(FAULT), {RUNNING: RETRY_WAIT}),
    "something is wrong with us for the third time": Event(
        fails(FAULT), {RUNNING: FAILED}, {"failed_streak": 2}
    ),
    "it keeps failing between pages": Event(fails(AWAY), {RUNNING: FAILED}, {"failure_count": 19}),
    "only its person can mend it": Event(fails(UNREADABLE), {RUNNING: RunState.ACTION_REQUIRED}),
    "another try is no use, and it was called off": Event(
        fails(GONE), {RUNNING: CANCELLED}, {"cancel_requested_at": timezone.now()}
    ),
    "only its person could mend it, and it was called off": Event(
        fails(UNREADABLE), {RUNNING: CANCELLED}, {"cancel_requested_at": timezone.now()}
    ),
    "another try is no use": Event(fails(GONE), {RUNNING: FAILED}),
    "its source ends": Event(lambda _, held: runs.finish_run(held), {RUNNING: RunState.SUCCEEDED}),
    "its source ends and some records failed": Event(
        lambda _, held: runs.finish_run(held, with_warnings=True), {RUNNING: RunState.WARNINGS}
    ),
    "somebody calls it off": Event(
        lambda run, _: runs.request_cancel(run, by=None),
        {QUEUED: CANCELLED, RETRY_WAIT: CANCELLED, RUNNING: RUNNING},
    ),
    "its worker hears that it was called off": Event(
        lambda _, held: runs.cancel_run(held), {RUNNING: CANCELLED}
    ),
    "it fails after it was called off": Event(
        fails(AWAY), {RUNNING: CANCELLED}, {"cancel_requested_at": timezone.now()}
    ),
    "its slice is over after it was called off": Event(
        lambda _, held: runs.yield_run(held),
        {RUNNING: CANCELLED},
        {"cancel_requested_at": timezone.now()},
    ),
    "its worker does not hear that it was called off": Event(
        sweep, {RUNNING: CANCELLED}, {"cancel_requested_at": LONG_AGO}
    ),
    "its worker is lost": Event(sweep, {RUNNING: RETRY_WAIT}, {"lease_expires_at": LONG_AGO}),
    "its worker is lost for the third time": Event(
        sweep, {RUNNING: RunState.DEAD}, {"lease_expires_at": LONG_AGO, "lost_streak": 2}
    ),
    "its worker is lost after it was called off": Event(
        sweep,
        {RUNNING: CANCELLED},
        {
            "lease_expires_at": LONG_AGO,
            "lost_streak": 2,
            "cancel_requested_at": timezone.now() + dt.timedelta(hours=1),
        },
    ),
    "its cluster died": Event(
        lambda *_: claims.release(claims.lease_owner()), {RUNNING: RETRY_WAIT}
    ),
    "it took too long": Event(sweep, {RUNNING: FAILED}, {"deadline_at": LONG_AGO}),
    "it stands still": Event(sweep, {RUNNING: RETRY_WAIT}, {"progress_at": LONG_AGO}),
    "it stands still for the third time": Event(
        sweep, {RUNNING: FAILED}, {"progress_at": LONG_AGO, "lost_streak": 2}
    ),
    "nothing is the matter with it": Event(sweep, {}),
    "somebody stops it on the command line": Event(
        lambda run, _: runs.hold_run(run), {QUEUED: QUEUED, RETRY_WAIT: QUEUED}
    ),
    "somebody goes on with what was not stopped": Event(lambda run, _: runs.resume_run(run), {}),
    "somebody goes on with it": Event(
        lambda run, _: runs.resume_run(run), {QUEUED: QUEUED}, {"run_after": HELD_UNTIL}
    ),
    "nobody goes on with it": Event(
        lambda run, _: runs.end_held_run(run, message="Forgotten."),
        {QUEUED: CANCELLED},
        {"run_after": HELD_UNTIL},
    ),
    "somebody wants it now": Event(
        lambda run, _: retry_now(run, None),
        {QUEUED: QUEUED, RETRY_WAIT: QUEUED},
        {"run_after": timezone.now() + dt.timedelta(days=400)},
    ),
    "new work comes for its job": Event(lambda run, _: runs.start_run(run.job), {}),
}


@pytest.fixture(scope="module")
def worked_once(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[RunState, Claim]]:
    """A run at work for each state to be, around the transactions of the tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        org = OrganizationFactory.create()
        with org_scope(org.pk):
            Job.objects.all().delete()
            # As many at work as there are states.
            OrgSchedule.objects.update(max_running=100)
            yield {
                state: claimed(queue_run(Job.objects.create(org=org, kind="upkeep")))
                for state in RunState
            }
        transaction.set_rollback(True)


@pytest.fixture
def room(worked_once: dict[RunState, Claim], db: None) -> dict[RunState, Claim]:
    """The claims under which runs were worked, by the state that they are brought into."""
    return worked_once


def brought_into(
    state: RunState, room: Mapping[RunState, Claim], given: Mapping[str, Any]
) -> Claim:
    """Let a run stand in ``state``; return the claim under which it was worked last."""
    held = room[state]
    row: dict[str, Any] = {"state": state}
    if state != RUNNING:
        row |= {"lease_token": None, "lease_owner": "", "lease_expires_at": None}
    if state not in OPEN_STATES:
        row |= {"finished_at": timezone.now()}
    changes = {
        name: value
        for name, value in given.items()
        if state == RUNNING or not name.startswith("lease_")
    }
    SyncRun.objects.filter(pk=held.run_id).update(**row | changes)
    return held


def row_of(held: Claim) -> dict[str, Any]:
    return dict(SyncRun.objects.filter(pk=held.run_id).values().get())


@pytest.mark.parametrize("name", EVENTS)
def test_leads_only_where_it_may(room: dict[RunState, Claim], name: str) -> None:
    event = EVENTS[name]
    claims_by_state = {state: brought_into(state, room, event.given) for state in RunState}
    before = {state: row_of(held) for state, held in claims_by_state.items()}

    for held in claims_by_state.values():
        with contextlib.suppress(AppError):
            event.happen(SyncRun.objects.get(pk=held.run_id), held)

    for state, held in claims_by_state.items():
        after = row_of(held)
        expected = event.leads.get(state)
        if expected is None:
            assert after == before[state], f"{name}: changed a run that was {state}"
        else:
            assert after["state"] == expected, f"{name}: of a run that was {state}"
            assert after != before[state], f"{name}: changed nothing of a run that was {state}"


@pytest.mark.parametrize("name", EVENTS)
def test_leaves_what_belongs_to_the_state(room: dict[RunState, Claim], name: str) -> None:
    event = EVENTS[name]
    for state in event.leads:
        held = brought_into(state, room, event.given)

        event.happen(SyncRun.objects.get(pk=held.run_id), held)

        run = SyncRun.objects.get(pk=held.run_id)
        is_running, is_over = run.state == RUNNING, run.state not in OPEN_STATES
        assert (run.lease_token is not None) == is_running
        assert (run.lease_expires_at is not None) == is_running
        assert (run.finished_at is not None) == is_over
        if is_over:
            assert not RunAttempt.objects.filter(run=run, finished_at=None).exists()


def test_every_state_can_be_left_or_is_an_end() -> None:
    left = {state for event in EVENTS.values() for state in event.leads}
    reached = {state for event in EVENTS.values() for state in event.leads.values()}

    assert left == set(OPEN_STATES)
    assert reached == set(RunState)
