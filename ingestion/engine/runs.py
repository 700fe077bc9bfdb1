"""The life of a run: queueing it, and every transition, each a compare-and-set."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.functions import TransactionNow
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from connectors.models import Connection
from ingestion.codes import FailureType, ended
from ingestion.engine.claims import Claim
from ingestion.engine.endings import (
    CANCELLED_BY_USER,
    CANCELLED_MESSAGE,
    archive_job,
    close_attempt,
    end_if_cancelled,
    end_waiting,
    lock_line,
    streak_after_slice,
    tell_attempt_failed,
    tell_cancelled,
    tell_failed,
    tell_succeeded,
)
from ingestion.engine.events import record_event
from ingestion.engine.kinds import kind_of
from ingestion.errors import LeaseLostError
from ingestion.models import Job, SyncRun
from ingestion.models.run import HELD_UNTIL, WAITING_STATES, Lane, RunMode, RunState, Trigger
from ingestion.signals import run_yielded
from ingestion.taxonomy import Failure
from media.models.stage import Stage
from tenants.models import User
from tenants.queue import poke

Moment = datetime | TransactionNow
HELD_TOO_LONG = "held_too_long"
# Of a run, progress or not.
MAX_FAILURES = 20


def start_run(  # noqa: PLR0913  # the one way to queue a run of any kind
    job: Job,
    *,
    lane: Lane = Lane.BULK,
    is_dry_run: bool = False,
    trigger: Trigger = Trigger.WORK,
    mode: RunMode = RunMode.NORMAL,
    window: tuple[datetime | None, datetime | None] = (None, None),
    of_run_id: uuid.UUID | None = None,
    run_after: datetime | None = None,
    created_by: User | None = None,
) -> SyncRun:
    """Queue a run of ``job``, or return the one that already waits and goes over the same.

    Of a stage any will do: what it goes over are the units that wait.

    Call inside the organization's scope; the poke becomes visible with the run.

    Args:
        mode: over what it goes; the kind says what that means.
        window: of a backfill, from and to.
        of_run_id: the run whose failed records this one reads once more.
        run_after: when it is to come due; at once where that is past or not said.
    """
    wanted_at: Moment = run_after if run_after and run_after > timezone.now() else at_once()
    kind = kind_of(job.kind)
    wanted = SyncRun(
        org_id=job.org_id,
        job=job,
        connection_id=job.connection_id,
        kind=job.kind,
        lane=lane,
        cluster=kind.cluster,
        is_dry_run=is_dry_run,
        trigger=trigger,
        mode=mode,
        window_from=window[0],
        window_to=window[1],
        of_run_id=of_run_id,
        run_after=wanted_at,
        stall_s=kind.stall_s,
        deadline_s=kind.deadline_s,
        max_attempts=kind.max_attempts,
        created_by=created_by,
    )
    run = _waiting_like(wanted) or _queued(wanted)
    _bring_forward(run, wanted_at)
    run.refresh_from_db(fields=["run_after"])
    poke(run.cluster)
    return run


def _waiting_like(wanted: SyncRun) -> SyncRun | None:
    """Return a run of the job that waits and does what ``wanted`` would, if there is one."""
    window = (wanted.window_from, wanted.window_to)
    for run in _waiting(wanted).order_by("created_at", "pk"):
        if run.kind in Stage.values or run.does(
            RunMode(wanted.mode), window=window, of_run_id=wanted.of_run_id
        ):
            return run
    return None


def _queued(wanted: SyncRun) -> SyncRun:
    """Write ``wanted``, or return the run that somebody else has queued just before."""
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:
        return _waiting(wanted).get(
            started_at=None,
            mode=wanted.mode,
            window_from=wanted.window_from,
            window_to=wanted.window_to,
            of_run_id=wanted.of_run_id,
        )
    record_event(wanted.org_id, wanted.pk, "queued")
    return wanted


def _waiting(wanted: SyncRun) -> QuerySet[SyncRun]:
    """Return the runs of the same job that wait, rehearsals apart from others."""
    return SyncRun.objects.filter(
        job_id=wanted.job_id, is_dry_run=wanted.is_dry_run, state__in=WAITING_STATES
    )


def at_once() -> TransactionNow:
    """Return the moment from which a run is due for every worker.

    By the clock that claims are compared with: were it a host's own, a run of a host that is
    ahead would not be due yet for the worker that its poke wakes, and wait for the tick.
    """
    return TransactionNow()


def request_cancel(run: SyncRun, *, by: User | None) -> bool:
    """Ask for the end of a run: at once where it waits, at the next batch where it works."""
    with transaction.atomic():
        # Locked, so that it cannot go from working to waiting between a look and a write.
        open_run = SyncRun.objects.select_for_update().open().filter(pk=run.pk).first()
        if open_run is None:
            return False
        if open_run.cancel_requested_at is None:
            SyncRun.objects.filter(pk=run.pk).update(
                cancel_requested_at=timezone.now(), cancel_requested_by=by
            )
            who = str(by.pk) if by else None
            record_event(run.org_id, run.pk, "cancel_requested", by=who)
        end_if_cancelled(run.org_id, run.pk)
    return True


def yield_run(held: Claim, *, until: datetime | None = None) -> None:
    """Put the run back in line; the slice was no attempt of its own.

    Args:
        until: when it goes on; at once where nothing keeps it waiting.
    """
    _leave(
        held,
        {
            "state": RunState.QUEUED,
            "attempt": Greatest(F("attempt") - 1, 0),
            "run_after": until or at_once(),
            "failed_streak": streak_after_slice("failed_streak"),
            "wait_streak": streak_after_slice("wait_streak"),
            "lost_streak": 0,
        },
    )
    run_yielded.send(sender=SyncRun, run=SyncRun.objects.get(pk=held.run_id))
    end_if_cancelled(held.org_id, held.run_id)


def hold_run(run: SyncRun) -> bool:
    """Keep a run in line from the workers until it is asked for; return whether it waited.

    One that waits to be tried again is held likewise.
    """
    waiting = SyncRun.objects.filter(pk=run.pk, state__in=WAITING_STATES)
    changed = waiting.update(
        state=RunState.QUEUED,
        run_after=HELD_UNTIL,
        deadline_at=None,
        failure_type="",
        error_code="",
        user_message="",
    )
    if changed:
        record_event(run.org_id, run.pk, "held")
    return bool(changed)


def resume_run(run: SyncRun) -> bool:
    """Let a run that is held go on; return whether it was."""
    changed = SyncRun.objects.held().filter(pk=run.pk).update(run_after=at_once())
    if changed:
        record_event(run.org_id, run.pk, "resumed")
        poke(run.cluster)
    return bool(changed)


def end_held_run(run: SyncRun, *, message: str) -> bool:
    """Cancel a run that nobody went on with, and say why; return whether it was still held."""
    held = SyncRun.objects.held()
    ended = end_waiting(held, run.pk, code=HELD_TOO_LONG, message=message)
    if ended:
        record_event(run.org_id, run.pk, "cancelled", code=HELD_TOO_LONG)
    return ended


def finish_run(held: Claim, *, with_warnings: bool = False, event: str = "finished") -> None:
    """End the run well; a one-off job goes to the archive."""
    state = RunState.WARNINGS if with_warnings else RunState.SUCCEEDED
    changes = {
        "phase": "done",
        "failure_type": "",
        "error_code": "",
        "user_message": "",
        "error_origin": "",
        "failed_streak": 0,
        "lost_streak": 0,
        "wait_streak": 0,
    }
    _end(held, state, changes)
    record_event(held.org_id, held.run_id, event)
    tell_succeeded(held.run_id)


def cancel_run(held: Claim) -> None:
    """End a run whose cancellation its worker has seen."""
    _end(
        held,
        RunState.CANCELLED,
        {
            "failure_type": "",
            "error_code": CANCELLED_BY_USER,
            "user_message": CANCELLED_MESSAGE,
        },
    )
    record_event(held.org_id, held.run_id, "cancelled")
    tell_cancelled(held.run_id)


def fail_run(held: Claim, failure: Failure) -> None:
    """Wait for another try where the failure and the run's limits allow it; else end.

    What counts is failures in a row without progress: a long import survives many of them, and
    one that stands still ends. A source that asks us to wait is obeyed, and it is no failure.
    """
    lock_line(held.run_id)
    run = SyncRun.objects.select_related("job").get(pk=held.run_id)
    if run.cancel_requested_at is not None:
        # Whatever went wrong meanwhile: it was to end, and that it did.
        close_attempt(held.run_id, "failed", failure)
        cancel_run(held)
        return
    if failure.failure_type == FailureType.RATE_LIMITED:
        _wait_for_source(held, run, failure)
        return
    streak = 1 if run.has_progressed else run.failed_streak + 1
    count = run.failure_count + 1
    reason = _reason(failure) | {
        "failed_streak": streak,
        "failure_count": count,
        "wait_streak": streak_after_slice("wait_streak"),
    }
    delay_s = failure.retry_delay_s(attempt=streak, watched=_is_watched(run))
    if delay_s is not None and streak < run.max_attempts and count < MAX_FAILURES:
        due_at = Now() + timedelta(seconds=delay_s)
        _leave(held, {"state": RunState.RETRY_WAIT, "run_after": due_at, **reason})
        run.refresh_from_db(fields=["run_after"])
        at = run.run_after.isoformat()
        record_event(held.org_id, held.run_id, "retry_scheduled", at=at, code=failure.code)
        close_attempt(held.run_id, "failed", failure)
        tell_attempt_failed(held.run_id, failure)
    else:
        state = RunState.ACTION_REQUIRED if failure.needs_action else RunState.FAILED
        _end(held, state, reason | {"user_message": ended(failure.user_message)})
        record_event(held.org_id, held.run_id, state.value, code=failure.code)
        close_attempt(held.run_id, "failed", failure)
        tell_attempt_failed(held.run_id, failure)
        tell_failed(held.run_id)
    end_if_cancelled(held.org_id, held.run_id)


def _wait_for_source(held: Claim, run: SyncRun, failure: Failure) -> None:
    """Put the run back in line until the source lets us go on; it costs no attempt.

    No other run of the connection begins before: it would be asked to wait as well.
    """
    number = 1 if run.has_progressed else run.wait_streak + 1
    wait = timedelta(seconds=failure.wait_s(number=number))
    _leave(
        held,
        {
            "state": RunState.QUEUED,
            "attempt": Greatest(F("attempt") - 1, 0),
            "run_after": Now() + wait,
            # Its deadline is for work.
            "deadline_at": F("deadline_at") + wait,
            "failed_streak": streak_after_slice("failed_streak"),
            "wait_streak": number,
            "lost_streak": 0,
            **_reason(failure),
        },
    )
    run.refresh_from_db(fields=["run_after"])
    if run.connection_id is not None:
        Connection.objects.filter(pk=run.connection_id).update(
            # A dry run that looks on meanwhile may be asked for less.
            blocked_until=Greatest(F("blocked_until"), run.run_after),
            block_reason=failure.code,
        )
    record_event(held.org_id, held.run_id, "rate_limited", until=run.run_after.isoformat())
    end_if_cancelled(held.org_id, held.run_id)


def _is_watched(run: SyncRun) -> bool:
    """Return whether a person waits for ``run``, be it in the line of long work."""
    return run.lane == Lane.INTERACTIVE or run.trigger in (Trigger.PERSON, Trigger.API)


def _reason(failure: Failure) -> dict[str, Any]:
    return {
        "failure_type": failure.failure_type,
        "error_code": failure.code,
        "error_origin": failure.origin,
        "user_message": failure.user_message,
    }


def _bring_forward(run: SyncRun, wanted_at: Moment) -> None:
    """Let ``run`` come due at ``wanted_at``, unless it is due before or waits for a retry."""
    SyncRun.objects.filter(pk=run.pk, state=RunState.QUEUED, run_after__gt=wanted_at).update(
        run_after=wanted_at
    )


def _leave(held: Claim, changes: dict[str, Any]) -> None:
    changed = SyncRun.objects.filter(
        pk=held.run_id, state=RunState.RUNNING, lease_token=held.token
    ).update(lease_token=None, lease_owner="", lease_expires_at=None, **changes)
    if not changed:
        message = "The run has another holder, or has ended."
        raise LeaseLostError(message, run=str(held.run_id))


def _end(held: Claim, state: RunState, changes: dict[str, Any]) -> None:
    _leave(held, {"state": state, "finished_at": timezone.now(), **changes})
    if state in (RunState.SUCCEEDED, RunState.WARNINGS, RunState.CANCELLED):
        close_attempt(held.run_id, state.value)
    archive_job(held.run_id)
