"""Whether a dataset is fresh at a moment: without a database, so that every clock can be tried.

A dataset is as old as the *start* of its last success: what changed at the source after that may
be missing. No attempt, failure, retry or cancellation makes it younger.
"""

import dataclasses
import datetime as dt
import uuid

from django.db import models

from ingestion.schedule.cadence import Cadence

MIN_GRACE = dt.timedelta(minutes=15)
MANUAL = Cadence()
# How soon a unit of a stage is expected to be done.
BACKLOG = Cadence(interval_s=3600)
NOBODYS = uuid.UUID(int=0)


class Freshness(models.TextChoices):
    """What people are told of a dataset's age, from the best to the worst."""

    FRESH = "fresh", "Up to date"
    NEVER = "never_synced", "Never synced"
    PAUSED = "paused", "Paused"
    LATE = "late", "Late"
    STALE = "stale", "Out of date"
    ACTION = "action_required", "Needs you"


_RANKS = {state.value: rank for rank, state in enumerate(Freshness)}


def is_better(state: str, than: str) -> bool:
    """Return whether ``state`` tells people of fresher data than ``than`` does."""
    return _RANKS[state] < _RANKS[than]


def badness(state: str) -> int:
    """Return what to sort by so that the worst comes last."""
    return _RANKS[state]


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a dataset.

    Attributes:
        as_of: start of the last success; None where there was none.
        cadence: how often it is refreshed by itself, or, of what people bring, how often they
            want to be reminded. A manual one is never late.
        grace_s: how much later than expected is still in time; None for half of the cadence, a
            quarter of an hour at least.
        has_backlog: whether it is derived unit by unit. Then its age is that of the oldest unit
            that waits, and without one it is fresh, however long ago the last was done.
        oldest_pending_at: since when the oldest unit waits; None where none does.
        is_paused: nothing comes by itself until somebody lets it go on.
        needs_action: the last attempt ended with what only people can mend.
        job_id, since: whose cadence it is, and from when its intervals count.
    """

    as_of: dt.datetime | None
    cadence: Cadence = MANUAL
    grace_s: int | None = None
    has_backlog: bool = False
    oldest_pending_at: dt.datetime | None = None
    is_paused: bool = False
    needs_action: bool = False
    job_id: uuid.UUID = NOBODYS
    since: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """How fresh a dataset is, and until when that stays so by itself.

    Attributes:
        as_of: what is shown as its age; of derived data at most since when a unit waits.
        changes_at: when time alone makes it worse; None where it does not.
    """

    state: Freshness
    as_of: dt.datetime | None
    changes_at: dt.datetime | None = None


def judge(facts: Facts, now: dt.datetime) -> Verdict:
    """Return how fresh the dataset is at ``now``."""
    as_of = _as_of(facts)
    if facts.needs_action:
        return Verdict(Freshness.ACTION, as_of)
    if facts.is_paused:
        return Verdict(Freshness.PAUSED, as_of)
    begun = Freshness.NEVER if facts.as_of is None else Freshness.FRESH
    since = facts.oldest_pending_at if facts.has_backlog else facts.as_of
    if since is None:
        return Verdict(begun, as_of)
    late_at, stale_at = _deadlines(facts, since)
    if late_at is None or now < late_at:
        return Verdict(begun, as_of, late_at)
    if stale_at is None or now < stale_at:
        return Verdict(Freshness.LATE, as_of, stale_at)
    return Verdict(Freshness.STALE, as_of)


def _as_of(facts: Facts) -> dt.datetime | None:
    if facts.as_of is None or facts.oldest_pending_at is None:
        return facts.as_of
    return min(facts.as_of, facts.oldest_pending_at)


def _deadlines(facts: Facts, since: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return when the next success is overdue, and when the one after it is."""
    first = _next(facts, since)
    if first is None:
        return None, None
    second = _next(facts, first)
    grace = _grace(facts, first - since)
    return first + grace, None if second is None else second + grace


def _next(facts: Facts, moment: dt.datetime) -> dt.datetime | None:
    if facts.cadence.interval_s is not None:
        # Not the next slot but a whole interval: a success by hand counts as well.
        return moment + dt.timedelta(seconds=facts.cadence.interval_s + facts.cadence.jitter_s)
    return facts.cadence.next_after(moment, since=facts.since or moment, job_id=facts.job_id)


def _grace(facts: Facts, expected: dt.timedelta) -> dt.timedelta:
    if facts.grace_s is not None:
        return dt.timedelta(seconds=facts.grace_s)
    return max(MIN_GRACE, expected / 2)
