"""How often a job runs by itself, in words, and the next times at which it will."""

import dataclasses
import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim
from django.utils import timezone

from ingestion.models import Job
from ingestion.schedule.cadence import Cadence

MANUAL: Final = "manual"
CRON: Final = "cron"
# Seconds, and what people choose.
INTERVALS: Final = {
    900: "Every 15 minutes",
    3600: "Every hour",
    6 * 3600: "Every 6 hours",
    12 * 3600: "Every 12 hours",
    24 * 3600: "Every day",
    7 * 24 * 3600: "Every week",
    30 * 24 * 3600: "Every 30 days",
}
SHOWN_TIMES: Final = 3
MINUTE_S: Final = 60
_UNITS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclasses.dataclass(frozen=True, slots=True)
class Preview:
    """What a schedule means.

    Attributes:
        sentence: in plain words; empty where it cannot be meant.
        times: the next times, in the schedule's own time zone.
        errors: what is wrong with it, as sentences.
    """

    sentence: str = ""
    times: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def preview_of(cadence: Cadence, job: Job) -> Preview:
    """Return what ``cadence``, which must be in order, would mean for ``job`` from now on."""
    return Preview(spoken(cadence), tuple(clock(at, cadence) for at in _next_times(cadence, job)))


def spoken(cadence: Cadence) -> str:
    """Return how often as a sentence."""
    if cadence.is_manual:
        return "Only when somebody asks."
    if cadence.interval_s is not None:
        return f"{interval_words(cadence.interval_s)}."
    said = f"{CronSim(cadence.cron, timezone.now()).explain()} ({cadence.timezone})"
    if cadence.jitter_s < MINUTE_S:
        return f"{said}."
    return f"{said}, or up to {_length(cadence.jitter_s)} later."


def interval_words(interval_s: int) -> str:
    """Return such as “Every 6 hours”, in the largest unit that goes into it."""
    if interval_s in INTERVALS:
        return INTERVALS[interval_s]
    return f"Every {_length(interval_s).removeprefix('1 ')}"


def _length(seconds: int) -> str:
    """Return such as “90 minutes”, in the largest unit that goes into it."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def clock(at: dt.datetime, cadence: Cadence) -> str:
    """Return ``at`` as a clock in the schedule's time zone shows it, and names the zone."""
    # Intervals know no zone; they are told in UTC.
    zone = ZoneInfo(cadence.timezone) if cadence.cron else dt.UTC
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def _next_times(cadence: Cadence, job: Job) -> list[dt.datetime]:
    found: list[dt.datetime] = []
    moment = timezone.now()
    for _ in range(SHOWN_TIMES):
        following = cadence.next_after(moment, since=job.created_at, job_id=job.pk)
        if following is None:
            break
        found.append(following)
        moment = following
    return found
