"""A bar whose parts add up to the whole, drawn on the server."""

import dataclasses
from collections.abc import Mapping

from ingestion.models import SyncRun
from ingestion.runs_page.words import OUTCOMES


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One outcome's share.

    Attributes:
        name: outcome; names its colour too.
        label: the same for people.
        count: of records.
        start, width: in percent of the bar, as SVG takes them.
    """

    name: str
    label: str
    count: int
    start: str
    width: str


def parts_of(run: SyncRun, labels: Mapping[str, str] = OUTCOMES) -> list[Part]:
    """Return the outcomes of ``run``; their counts add up to ``run.raw_count``."""
    parts, before = [], 0
    for name, label in labels.items():
        count: int = getattr(run, f"{name}_count")
        whole = run.raw_count or 1
        parts.append(
            Part(
                name,
                label,
                count,
                start=f"{100 * before / whole:.3f}",
                width=f"{100 * count / whole:.3f}",
            )
        )
        before += count
    return parts
