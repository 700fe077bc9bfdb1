"""The row of a dataset: found or made, judged, and moved from state to state."""

import dataclasses
import datetime as dt
import uuid
from typing import Final

from ingestion.codes import FailureType
from ingestion.freshness.datasets import DATASETS, SAVED_ITEMS
from ingestion.freshness.states import (
    BACKLOG,
    MANUAL,
    NOBODYS,
    Facts,
    Freshness,
    Verdict,
    is_better,
    judge,
)
from ingestion.models import DatasetFlip, DatasetStatus, Job
from ingestion.models.job import JobState
from ingestion.schedule.cadence import Cadence

DAY_S: Final = 24 * 3600
# How old an export may be before people are asked for a new one, until they choose otherwise.
REMIND_EVERY_S: Final = 30 * DAY_S
# How long the count of a backlog is believed where nothing is heard of its stage.
COUNT_EVERY: Final = dt.timedelta(minutes=10)

SUCCESS: Final = "success"
FAILURE: Final = "failure"
TIME: Final = "time"
PAUSED: Final = "paused"
RESUMED: Final = "resumed"
SCHEDULE: Final = "schedule"
# Of what flips to the state that it had: its job has failed so often that people are told.
KEEPS_FAILING: Final = "keeps_failing"
# What events write besides the state.
_KEPT: Final = (
    "last_success_at",
    "as_of",
    "last_attempt_at",
    "last_changed_at",
    "last_run_id",
    "consecutive_failures",
    "failure_type",
    "error_code",
    "user_message",
    "warning_code",
    "row_count",
    "total_count",
    "pending_count",
    "failed_count",
    "oldest_pending_at",
    "counted_at",
)


def lock(
    org_id: uuid.UUID, name: str, *, connection_id: uuid.UUID | None = None, job: Job | None = None
) -> DatasetStatus:
    """Return the row of a dataset, made on first use and locked for the rest of the transaction.

    Args:
        job: whose run refreshes it; where it is a standing one, its schedule counts from now on.
    """
    standing = job if job is not None and not job.is_one_off else _standing_job(name)
    key = {"org_id": org_id, "connection_id": connection_id, "name": name}
    status, _ = DatasetStatus.objects.get_or_create(
        **key,
        defaults={
            "job": standing,
            "remind_every_s": REMIND_EVERY_S if name == SAVED_ITEMS and not standing else None,
        },
    )
    if standing is not None and status.job_id != standing.pk:
        DatasetStatus.objects.filter(pk=status.pk).update(job=standing)
    return locked(status.pk)


def locked(dataset_id: uuid.UUID) -> DatasetStatus:
    """Lock one row that is there, and return it with its job and connection."""
    return (
        DatasetStatus.objects.select_for_update(of=("self",))
        .select_related("job", "connection")
        .get(pk=dataset_id)
    )


def facts_of(status: DatasetStatus) -> Facts:
    """Return what a dataset's state follows from; its job is read too."""
    job, has_backlog = status.job, is_stage(status)
    is_scheduled = job is not None and job.state != JobState.ARCHIVED
    cadence, grace_s = MANUAL, status.grace_s
    if has_backlog:
        cadence = BACKLOG
    elif job is not None and is_scheduled and not job.cadence.is_manual:
        cadence = job.cadence
    elif status.remind_every_s is not None:
        # A reminder is due on its day.
        cadence, grace_s = Cadence(interval_s=status.remind_every_s), grace_s or 0
    return Facts(
        as_of=status.as_of,
        cadence=cadence,
        grace_s=grace_s,
        has_backlog=has_backlog,
        oldest_pending_at=status.oldest_pending_at,
        is_paused=job is not None and job.state == JobState.PAUSED,
        needs_action=needs_action(status),
        job_id=NOBODYS if job is None else job.pk,
        since=None if job is None else job.created_at,
    )


def is_stage(status: DatasetStatus) -> bool:
    """Return whether the dataset is made unit by unit, by a stage."""
    return DATASETS[status.name].stage is not None


def needs_action(status: DatasetStatus) -> bool:
    """Return whether the last attempt ended with what only people can mend."""
    return status.consecutive_failures > 0 and status.failure_type == FailureType.CONFIG


def settle(
    status: DatasetStatus, *, reason: str, now: dt.datetime, run_id: uuid.UUID | None = None
) -> bool:
    """Write a locked row with the state that its facts make, and note the flip; return whether.

    Whatever the facts, no failure makes a state better, and the clock alone does not. A pause only
    hides the state, which its name says: it goes on beneath, and is what a resume ends with.

    Args:
        reason: what happened, in a word: one of those above.
        now: when; tests move it.
    """
    facts = facts_of(status)
    verdict = judge(facts, now)
    old, new = status.state, _unpaused(status, facts, reason, now)
    changes = {name: getattr(status, name) for name in _KEPT}
    changes["state_under_pause"] = ""
    if verdict.state is Freshness.PAUSED:
        changes["state_under_pause"], new = new, verdict.state.value
    changes |= {"alert_at": _look_again_at(status, verdict, now), "updated_at": now}
    if new != old:
        changes |= {"state": new, "state_since": now}
    if not DatasetStatus.objects.filter(pk=status.pk, state=old).update(**changes) or new == old:
        return False
    status.state, status.state_since = new, now
    status.state_under_pause = changes["state_under_pause"]
    DatasetFlip.objects.create(
        org_id=status.org_id,
        dataset=status,
        old_state=old,
        new_state=new,
        reason=Freshness.ACTION.value if new == Freshness.ACTION else reason,
        run_id=run_id,
        at=now,
    )
    return True


def _unpaused(status: DatasetStatus, facts: Facts, reason: str, now: dt.datetime) -> str:
    """Return the state that the facts make, were nothing paused, and that may follow the old."""
    old = status.state_under_pause or status.state
    new = judge(dataclasses.replace(facts, is_paused=False), now).state.value
    # A row that was paused by hand has nothing to go on from.
    is_known = old != Freshness.PAUSED
    return old if is_known and is_better(new, old) and not _may_improve(status, reason) else new


def _may_improve(status: DatasetStatus, reason: str) -> bool:
    if reason == SUCCESS:
        return True
    if not is_stage(status):
        # What is in time is said by the schedule, or by the reminder that people choose.
        return reason == SCHEDULE
    # Nobody waits for units that were removed. Those that failed are waited for.
    is_settled = status.oldest_pending_at is None and not status.failed_count
    return reason == TIME and is_settled and not status.consecutive_failures


def _look_again_at(status: DatasetStatus, verdict: Verdict, now: dt.datetime) -> dt.datetime | None:
    """Return when the tick shall look: when it gets worse by itself, or to count a backlog."""
    if status.oldest_pending_at is None:
        return verdict.changes_at
    count_at = now + COUNT_EVERY
    return count_at if verdict.changes_at is None else min(count_at, verdict.changes_at)


def _standing_job(name: str) -> Job | None:
    """Return the organization's own job for a dataset that is of no connection."""
    # Imported here: kinds are registered by what this module is part of.
    from ingestion.engine.kinds import kinds  # noqa: PLC0415

    if DATASETS[name].is_of_connection:
        return None
    makers = [kind.name for kind in kinds() if name in kind.datasets]
    return Job.objects.filter(kind__in=makers, is_one_off=False, connection=None).first()
