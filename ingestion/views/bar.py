"""A bar whose parts add up to the whole, drawn on the server."""

import dataclasses

from ingestion.models import SyncRun


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


def parts_of(run: SyncRun) -> list[Part]:
    """Return the five outcomes of ``run``; their counts add up to ``run.raw_count``."""
    counted = [
        ("new", "New", run.new_count),
        ("updated", "Updated", run.updated_count),
        ("unchanged", "Unchanged", run.unchanged_count),
        ("skipped", "Skipped", run.skipped_count),
        ("failed", "Failed", run.failed_count),
    ]
    parts, before = [], 0
    for name, label, count in counted:
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
