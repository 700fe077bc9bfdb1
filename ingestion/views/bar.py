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
        note: what else there is to say of them; may be empty.
    """

    name: str
    label: str
    count: int
    start: str
    width: str
    note: str = ""


def parts_of(
    run: SyncRun, labels: Mapping[str, str] = OUTCOMES, notes: Mapping[str, str] | None = None
) -> list[Part]:
    """Return the outcomes of ``run``; their counts add up to ``run.raw_count``.

    Args:
        notes: by outcome; one without records has nothing to say.
    """
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
                note=(notes or {}).get(name, "") if count else "",
            )
        )
        before += count
    return parts
