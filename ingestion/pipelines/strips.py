"""The last runs of a line as a strip: shape and colour by outcome, height by duration."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from ingestion.models.run import RunState
from ingestion.pipelines.looks import OUTCOME
from ingestion.pipelines.runs import SHOWN_RUNS, Run
from tenants.models import Organization
from tenants.urls_for import org_reverse

STEP_PX: Final = 10
WIDTH_PX: Final = 6
HEIGHT_PX: Final = 32
LOWEST_PX: Final = 5
# A run that takes an hour or more is as high as the strip.
LONGEST_S: Final = 3600
MINUTE_S, HOUR_S = 60, 3600


def strip_of(org: Organization, runs: list[Run]) -> SafeString:
    """Return the marks of ``runs``, which come newest first, the newest at the right."""
    shown = runs[:SHOWN_RUNS]
    first = SHOWN_RUNS - len(shown)
    marks = [
        _mark(org, run, (first + place) * STEP_PX) for place, run in enumerate(reversed(shown))
    ]
    # A page has very many: one by one ``format_html`` would take half of its time. What is put
    # in are words and numbers of our own, and an address without what HTML reads.
    return mark_safe("".join(marks))  # noqa: S308  # see above


def _mark(org: Organization, run: Run, x: int) -> str:
    address = org_reverse(org, "ingestion:run", run_id=run.id)
    path = _path(run, x + (STEP_PX - WIDTH_PX) // 2)
    return (
        f'<a href="{address}" class="strip__run strip__run--{OUTCOME[run.state].variant}"'
        f' tabindex="-1"><title>{title_of(run)}</title>'
        f'<rect x="{x}" width="{STEP_PX}" height="{HEIGHT_PX}"/><path d="{path}"/></a>'
    )


def summary_of(runs: list[Run]) -> str:
    """Return what the strip shows as a sentence: how many runs ended how."""
    shown = runs[:SHOWN_RUNS]
    if not shown:
        return "No run yet."
    counts = Counter(OUTCOME[run.state].word.lower() for run in shown)
    parts = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    whole = "The last run" if len(shown) == 1 else f"The last {len(shown)} runs"
    return f"{whole}: {parts}."


def title_of(run: Run) -> str:
    """Return what a run was in a line: outcome, when, how long, how many records."""
    at = (run.started_at or run.created_at).astimezone(dt.UTC)
    parts = [OUTCOME[run.state].word, f"{at.day} {at:%b, %H:%M} UTC"]
    if run.duration_s is not None:
        parts.append(duration_words(run.duration_s))
    if run.raw_count:
        parts.append(f"{run.raw_count:,} record{'' if run.raw_count == 1 else 's'}")
    return " · ".join(parts)


def duration_words(seconds: float) -> str:
    """Return such as “3 s”, “4 min” or “2 h 5 min”."""
    if seconds < MINUTE_S:
        return f"{max(round(seconds), 1)} s"
    if seconds < HOUR_S:
        return f"{round(seconds / MINUTE_S)} min"
    hours, minutes = divmod(round(seconds / MINUTE_S), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _height(run: Run) -> int:
    """Return how high the mark is: by the logarithm, so that seconds and hours both show."""
    share = math.log1p(min(run.duration_s or 0, LONGEST_S)) / math.log1p(LONGEST_S)
    return round(LOWEST_PX + share * (HEIGHT_PX - LOWEST_PX))


def _path(run: Run, x: int) -> str:
    shape = _SHAPES.get(OUTCOME[run.state].variant, _ring)
    # What goes on has no duration to tell yet.
    height = HEIGHT_PX // 2 if run.state == RunState.RUNNING else _height(run)
    return shape(x, HEIGHT_PX - max(height, WIDTH_PX))


def _bar(x: int, top: int) -> str:
    return f"M{x} {top}h{WIDTH_PX}V{HEIGHT_PX}h-{WIDTH_PX}z"


def _spire(x: int, top: int) -> str:
    half = WIDTH_PX / 2
    return f"M{x} {HEIGHT_PX}V{top + half:g}l{half:g} -{half:g}l{half:g} {half:g}V{HEIGHT_PX}z"


def _cross(x: int, top: int) -> str:
    """Return a thin stem that ends in a cross."""
    top = min(top, HEIGHT_PX - WIDTH_PX)
    middle, centre = x + WIDTH_PX / 2, top + WIDTH_PX / 2
    return (
        f"M{x} {top}l{WIDTH_PX} {WIDTH_PX}M{x + WIDTH_PX} {top}l-{WIDTH_PX} {WIDTH_PX}"
        f"M{middle:g} {centre:g}V{HEIGHT_PX}"
    )


def _hollow(x: int, top: int) -> str:
    width = WIDTH_PX - 1
    return f"M{x}.5 {top}.5h{width}V{HEIGHT_PX - 0.5}h-{width}z"


def _ring(x: int, top: int) -> str:
    """Return a ring on the ground, of what has not begun."""
    radius = WIDTH_PX / 2 - 0.5
    return (
        f"M{x + 0.5} {HEIGHT_PX - WIDTH_PX / 2:g}a{radius:g} {radius:g} 0 1 0 {2 * radius:g} 0"
        f"a{radius:g} {radius:g} 0 1 0 -{2 * radius:g} 0"
    )


_SHAPES: Final[dict[str, Callable[[int, int], str]]] = {
    "succeeded": _bar,
    "warnings": _spire,
    "failed": _cross,
    "cancelled": _hollow,
    "running": _hollow,
}
