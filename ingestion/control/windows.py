"""Runs that do not simply go on: over a window of time, from an earlier checkpoint, as a trial."""

import datetime as dt

from django.db import transaction

from ingestion.checkpoints import advance
from ingestion.control.locks import name_of, revived, runnable
from ingestion.control.queueing import Queued, open_run, queue, take_up
from ingestion.control.timeline import note
from ingestion.engine.kinds import kind_of
from ingestion.engine.runs import request_cancel
from ingestion.errors import ParamsInvalidError
from ingestion.models import CheckpointHistory, Job, SourceCheckpoint, SyncRun
from ingestion.models.run import WHOLE_MODES, RunMode, RunState, Trigger
from tenants.errors import NotReadyError
from tenants.models import User

Moment = dt.datetime | None


@transaction.atomic
def backfill(
    job: Job, start: Moment, end: Moment, by: User | None, *, trigger: Trigger = Trigger.PERSON
) -> Queued:
    """Read what was saved from ``start`` to before ``end`` once more, by the source's own times.

    The schedule goes on from where it was. Asked twice, it queues one.

    Args:
        start, end: aware; None for as far as the source goes.

    Raises:
        ParamsInvalidError: the window is none.
        JobPausedError: the job has to be resumed first.
        NotReadyError: the job cannot be limited to a time, or is at something else.
    """
    if not kind_of(job.kind).can_backfill:
        message = f"“{name_of(job)}” cannot be limited to a time. “Run now” reads what is new."
        raise NotReadyError(message)
    if (start is None and end is None) or (start and end and start >= end):
        raise ParamsInvalidError("Say from when to when; the beginning comes before the end.")
    job = revived(job)
    same = SyncRun.objects.open().filter(
        job=job, mode=RunMode.BACKFILL, window_from=start, window_to=end
    )
    if (run := same.first()) is not None:
        return take_up(run, by, trigger=trigger)
    if job.is_one_off:
        _check_idle(job)
    return queue(job, by, trigger=trigger, mode=RunMode.BACKFILL, window=(start, end))


@transaction.atomic
def rewind(
    job: Job, history: CheckpointHistory, by: User | None, *, trigger: Trigger = Trigger.PERSON
) -> Queued:
    """Set the job's stream back to where it stood then, and read on from there.

    What is there already is met again and not doubled.

    Raises:
        JobPausedError: the job has to be resumed first.
        NotReadyError: the job has no such checkpoint, or is at work.
    """
    if not kind_of(job.kind).can_rewind:
        message = f"“{name_of(job)}” has no earlier place to go back to; it reads all each time."
        raise NotReadyError(message)
    job = runnable(job)
    if SyncRun.objects.filter(job=job, state=RunState.RUNNING).exists():
        message = f"“{name_of(job)}” is at work. Cancel its run, or wait for the end of it."
        raise NotReadyError(message)
    mark = _mark_of(job, history)
    advance(mark, cursor=history.cursor, is_complete=False)
    _end_begun(job, by)
    queued = open_run(job, by, trigger=trigger) or queue(
        job, by, trigger=trigger, mode=RunMode.REWIND
    )
    note(queued.run, "rewound", by, sequence=history.sequence, at=history.at.isoformat())
    return queued


@transaction.atomic
def rehearse(job: Job, by: User | None, *, trigger: Trigger = Trigger.PERSON) -> Queued:
    """Queue a run that writes nothing and says what one would insert, update, skip and reject.

    Raises:
        JobPausedError: the job has to be resumed first.
        NotReadyError: the job has no such thing, or lacks what it reads.
    """
    if not kind_of(job.kind).can_rehearse:
        raise NotReadyError(f"“{name_of(job)}” cannot be tried without doing it.")
    job = revived(job)
    return open_run(job, by, trigger=trigger, is_dry_run=True) or queue(
        job, by, trigger=trigger, is_dry_run=True
    )


def _check_idle(job: Job) -> None:
    """Refuse what a one-off job is asked for beside a run that writes."""
    if SyncRun.objects.open().filter(job=job, is_dry_run=False).exists():
        message = f"“{name_of(job)}” runs already. Try again once that has ended."
        raise NotReadyError(message)


def _end_begun(job: Job, by: User | None) -> None:
    """Call off what waits to go on: it would pass by what it has handled already."""
    begun = SyncRun.objects.open().filter(job=job, is_dry_run=False, raw_count__gt=0)
    for run in begun.filter(mode__in=WHOLE_MODES):
        request_cancel(run, by=by)


def _mark_of(job: Job, history: CheckpointHistory) -> SourceCheckpoint:
    """Lock and return the checkpoint that ``history`` is of, if it is one of the job's stream."""
    mark = (
        SourceCheckpoint.objects.select_for_update()
        .filter(pk=history.checkpoint_id, connection=job.connection_id, stream=job.kind)
        .first()
    )
    if mark is None:
        message = f"That checkpoint is none of “{name_of(job)}”."
        raise NotReadyError(message)
    return mark
