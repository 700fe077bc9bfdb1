"""How fast a run goes and how long it still needs: pure, from samples that the page carries.

The server keeps no history of a counter. The page that asks again brings what it saw before,
so that the rate is that of the last minute of work, and waits between two turns do not count.
"""

import dataclasses
import itertools
from collections.abc import Sequence

WINDOW_S = 60
EVERY_S = 4
# Below this nobody can tell a rate; a page of records arrives at once.
RATE_AFTER_S = 8
# A remaining time is told once half a minute has been seen whose two halves are alike.
STEADY_AFTER_S = 24
STEADY_SAMPLES = 5
MOST_VARIATION = 0.3
# Text of others is read no further.
MOST_TEXT = 600
MINUTE_S, HOUR_S = 60, 3600


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """How many records a run had counted at a moment, in seconds since the epoch."""

    at_s: int
    count: int


Samples = tuple[Sample, ...]


def read(text: str) -> Samples:
    """Return the samples that an address carries; none where they are not ours."""
    try:
        pairs = [part.split("-") for part in text[:MOST_TEXT].split(".")] if text else []
        samples = tuple(Sample(int(at), int(count)) for at, count in pairs)
    except ValueError:
        return ()
    pairs_in_order = itertools.pairwise(samples)
    is_ours = all(a.at_s < b.at_s and a.count <= b.count for a, b in pairs_in_order)
    return samples if is_ours else ()


def written(samples: Samples) -> str:
    """Return samples as an address carries them."""
    return ".".join(f"{sample.at_s}-{sample.count}" for sample in samples)


def add(samples: Samples, now: Sample) -> Samples:
    """Return the samples of the last minute with ``now``, few enough for an address."""
    if samples and (now.count < samples[-1].count or now.at_s - samples[-1].at_s > WINDOW_S):
        # Begun anew, or a page that slept.
        return (now,)
    kept = tuple(sample for sample in samples if now.at_s - sample.at_s <= WINDOW_S)
    return kept if kept and now.at_s - kept[-1].at_s < EVERY_S else (*kept, now)


def rate(samples: Sequence[Sample]) -> float | None:
    """Return the records a second over ``samples``, or None where they tell too little."""
    if len(samples) < 2:  # noqa: PLR2004  # two ends
        return None
    first, last = samples[0], samples[-1]
    if last.at_s - first.at_s < RATE_AFTER_S:
        return None
    return (last.count - first.count) / (last.at_s - first.at_s)


def remaining_s(samples: Sequence[Sample], left: int | None) -> float | None:
    """Return the seconds until ``left`` more records are done, or None where nobody can tell.

    It is told where enough was seen and the rate holds: the two halves of what was seen differ
    by at most three tenths of the whole.
    """
    if left is None or len(samples) < STEADY_SAMPLES:
        return None
    if samples[-1].at_s - samples[0].at_s < STEADY_AFTER_S:
        return None
    middle = len(samples) // 2
    whole = rate(samples)
    early, late = rate(samples[: middle + 1]), rate(samples[middle:])
    if not whole or early is None or late is None or abs(late - early) > MOST_VARIATION * whole:
        return None
    return left / whole


def spoken_rate(per_s: float | None) -> str:
    """Return a rate as people say it; empty where there is none."""
    if not per_s:
        return ""
    if per_s >= 1:
        return f"{round(per_s):,} a second"
    return f"{max(round(per_s * MINUTE_S), 1):,} a minute"


def spoken_rest(seconds: float | None) -> str:
    """Return a remaining time as people say it; empty where nobody can tell."""
    if seconds is None:
        return ""
    if seconds < MINUTE_S:
        return "less than a minute left"
    if seconds < HOUR_S:
        return f"about {_count(round(seconds / MINUTE_S), 'minute')} left"
    return f"about {_count(round(seconds / HOUR_S), 'hour')} left"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
