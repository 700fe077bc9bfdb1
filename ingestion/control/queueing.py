"""Runs that people ask for: now, or once more."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.models import Connection
from ingestion.control.errors import SourceBlockedError
from ingestion.control.locks import check_steered, locked, revived, runnable
from ingestion.control.timeline import note
from ingestion.engine.kinds import kind_of
from ingestion.engine.runs import at_once, start_run
from ingestion.gather import line
from ingestion.models import Job, SyncRun
from ingestion.models.run import WAITING_STATES, Lane, RunMode, RunState, Trigger
from media.again import hasten
from media.models.stage import Stage
from tenants.errors import NotReadyError
from tenants.models import User
from tenants.queue import poke

BAD_ENDS = (RunState.FAILED, RunState.DEAD, RunState.ACTION_REQUIRED)


@dataclasses.dataclass(frozen=True, slots=True)
class Queued:
    """The run that does what somebody asked for.

    Attributes:
        is_new: whether it was queued by this. Else it waited since ``run.created_at``, or is at
            work, and does what was asked for as well.
        is_sooner: whether it waited for later, or to be tried again, and is due by this.
        item_count: how many items were put in line for it, where that is known.
    """

    run: SyncRun
    is_new: bool
    item_count: int | None = None
    is_sooner: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Extent:
    """What a run goes over: all by default; see ``SyncRun``."""

    mode: RunMode = RunMode.NORMAL
    window: tuple[dt.datetime | None, dt.datetime | None] = (None, None)
    of_run_id: uuid.UUID | None = None

    def is_done_by(self, run: SyncRun) -> bool:
        """Return whether ``run`` goes over all of it; that of a stage over what waits by then."""
        of_stage = run.kind in Stage.values
        return of_stage or run.does(self.mode, window=self.window, of_run_id=self.of_run_id)


WHOLE = Extent()


@transaction.atomic
def run_now(job: Job, by: User | None, *, trigger: Trigger = Trigger.PERSON) -> Queued:
    """Let ``job`` run as soon as there is a worker, and show the run at once.

    A run that waits for later, or to be tried again, comes due now and goes on from its
    checkpoint; one that is at work is what was asked for, unless it leaves things out.

    Raises:
        JobPausedError: it has to be resumed first.
        JobArchivedError: it has done what it was for.
        SourceBlockedError: its run waits for the source, and begins by itself.
    """
    job = runnable(job)
    return open_run(job, by, trigger=trigger) or queue(job, by, trigger=trigger)


@transaction.atomic
def retry_now(run: SyncRun, by: User | None, *, trigger: Trigger = Trigger.PERSON) -> Queued:
    """Let a run that waits go on now; of one that ended badly, queue another of its job.

    Raises:
        JobPausedError: its job has to be resumed first.
        SourceBlockedError: it waits for the source, and begins by itself.
        NotReadyError: it ended well, or was cancelled, so there is nothing to try again.
    """
    check_steered(run.job)
    locked(run.job)
    run.refresh_from_db()
    if run.is_open:
        runnable(run.job)
        return take_up(run, by, trigger=trigger)
    if run.state not in BAD_ENDS:
        raise NotReadyError(_no_retry(run))
    job = revived(run.job)
    extent = Extent(RunMode(run.mode), (run.window_from, run.window_to), run.of_run_id)
    return open_run(job, by, trigger=trigger, is_dry_run=run.is_dry_run, extent=extent) or queue(
        job,
        by,
        trigger=trigger,
        is_dry_run=run.is_dry_run,
        mode=extent.mode,
        window=extent.window,
        of_run_id=extent.of_run_id,
    )


def open_run(
    job: Job,
    by: User | None,
    *,
    trigger: Trigger,
    is_dry_run: bool = False,
    extent: Extent = WHOLE,
) -> Queued | None:
    """Return the run of the locked ``job`` that is at work, or else waits; the latter comes due.

    One that leaves out a part of ``extent`` is not what was asked for.
    """
    runs = SyncRun.objects.open().filter(job=job, is_dry_run=is_dry_run)
    found = sorted(
        (run for run in runs if extent.is_done_by(run)),
        key=lambda run: (run.state != RunState.RUNNING, run.created_at),
    )
    return take_up(found[0], by, trigger=trigger) if found else None


def take_up(run: SyncRun, by: User | None, *, trigger: Trigger) -> Queued:
    """Return an open run as what was asked for; one that waits comes due now."""
    if run.kind in Stage.values:
        # Its items wait each for a time of their own.
        hasten(Stage(run.kind))
    is_sooner = run.state in WAITING_STATES and _bring_forward(run, by, trigger)
    return Queued(run, is_new=False, is_sooner=is_sooner)


def queue(job: Job, by: User | None, **wanted: Any) -> Queued:
    """Queue a run of the locked ``job``, which has none that is open: behind those of its line."""
    run_after = line.turn_of(job)
    run = start_run(job, lane=lane_of(job), created_by=by, run_after=run_after, **wanted)
    note(run, "asked_for", by, mode=run.mode)
    return Queued(run, is_new=True)


def lane_of(job: Job) -> Lane:
    """Return the lane of what a person asks of ``job``: what takes hours waits with its like."""
    return Lane.BULK if kind_of(job.kind).is_bulk else Lane.INTERACTIVE


def _bring_forward(run: SyncRun, by: User | None, trigger: Trigger) -> bool:
    """Let a waiting run come due now, as after no failure; what it has read stays read.

    Returns whether it was not due yet. One that waits for its turn goes on waiting for it.
    """
    _check_source(run)
    if run.is_in_line:
        line.move_on(run.connection_id)
        return False
    # Somebody waits for it from now on, so it is tried again as soon as what people start.
    watched = {"lane": min(run.lane, lane_of(run.job)), "trigger": trigger}
    is_due = run.state == RunState.QUEUED and run.run_after <= timezone.now()
    if is_due:
        SyncRun.objects.filter(pk=run.pk).update(**watched)
    else:
        SyncRun.objects.filter(pk=run.pk, state__in=WAITING_STATES).update(
            **watched,
            state=RunState.QUEUED,
            run_after=at_once(),
            failed_streak=0,
            failure_type="",
            error_code="",
            error_origin="",
            user_message="",
        )
        note(run, "due_now", by)
    run.refresh_from_db()
    poke(run.cluster)
    return not is_due


def _check_source(run: SyncRun) -> None:
    """Raise where the source of ``run`` asked us to wait; a dry run is let through by claims."""
    if run.is_dry_run or run.connection_id is None:
        return
    blocked = Connection.objects.filter(
        pk=run.connection_id, blocked_until__gt=timezone.now()
    ).first()
    if blocked is not None and blocked.blocked_until is not None:
        raise SourceBlockedError(blocked.name, blocked.blocked_until)


def _no_retry(run: SyncRun) -> str:
    if run.state == RunState.CANCELLED:
        return "This run was cancelled, and stays so. Start a new one with “Run now”."
    return "This run ended well, so there is nothing to try again. “Run now” starts a new one."
