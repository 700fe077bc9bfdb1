"""What became of each record of a page, written down and counted."""

import dataclasses
import operator
from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from connectors.items import MediaStatus, Page, RejectionReason
from ingestion.imports.classify import Verdict
from ingestion.imports.packing import pack, unpacked
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from tenants.ids import uuid7_texts

UNPARSED = frozenset({RejectionReason.BAD_TYPE, RejectionReason.ERROR_ROW})

Row = tuple[str, str, str, str, str | None, str | None, str, str]

_COLUMNS = (
    "ordinal",
    "outcome",
    "reason",
    "source_ref",
    "ref_key",
    "asset_id",
    "detail",
    "excerpt",
)
_TYPES = {"ordinal": "bigint", "ref_key": "uuid", "asset_id": "uuid"}

_WRITE = f"""
INSERT INTO ingestion_runitem (id, org_id, run_id, {", ".join(_COLUMNS)})
SELECT id, %(org)s, %(run)s, {", ".join(_COLUMNS)}
  FROM unnest({unpacked("ids", "uuid")},
       {", ".join(unpacked(name, _TYPES.get(name, "text")) for name in _COLUMNS)})
       AS r (id, {", ".join(_COLUMNS)})
"""  # columns of ours


@dataclasses.dataclass(slots=True)
class Tally:
    """What became of a page's records; the five outcomes add up to ``raw``."""

    raw: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    unparsed: int = 0
    reference_only: int = 0
    with_picture: int = 0

    def count(self, outcome: str) -> None:
        """Add one record."""
        self.raw += 1
        setattr(self, outcome, getattr(self, outcome) + 1)

    def __add__(self, other: "Tally") -> "Tally":
        mine, theirs = dataclasses.astuple(self), dataclasses.astuple(other)
        return Tally(*map(operator.add, mine, theirs))


def write_ledger(
    cursor: CursorWrapper, run: SyncRun, page: Page, verdicts: Sequence[Verdict]
) -> Tally:
    """Write a line for every raw record of ``page``, and count them."""
    rows = [_line_of(verdict) for verdict in verdicts]
    rows += [
        (str(r.index), r.outcome.value, r.reason.value, r.ref, None, None, r.detail, r.excerpt)
        for r in page.rejections
    ]
    write_lines(cursor, run, rows)
    return _count(page, verdicts)


def write_lines(cursor: CursorWrapper, run: SyncRun, rows: Sequence[Row]) -> None:
    """Write lines of the ledger: ordinal, outcome, reason, ref and its key, asset, detail, excerpt.

    The ordinals are places in what the run goes over, each taken once.
    """
    if rows:
        columns = zip(*rows, strict=True)
        packed = {name: pack(column) for name, column in zip(_COLUMNS, columns, strict=True)}
        ids = pack(uuid7_texts(len(rows)))
        cursor.execute(_WRITE, {"org": run.org_id, "run": run.pk, "ids": ids, **packed})


def _line_of(verdict: Verdict) -> Row:
    item = verdict.item
    # What did not come in shows its title in the report; the others can be looked at.
    excerpt = item.title[:200] if verdict.outcome == ItemOutcome.SKIPPED else ""
    return (
        str(item.index),
        verdict.outcome.value,
        str(verdict.reason),
        item.ref,
        verdict.ref_key,
        verdict.asset_id,
        "",
        excerpt,
    )


def _count(page: Page, verdicts: Sequence[Verdict]) -> Tally:
    tally = Tally()
    for verdict in verdicts:
        tally.count(verdict.outcome.value)
        if verdict.outcome != ItemOutcome.SKIPPED:
            tally.with_picture += bool(verdict.item.media)
        is_new = verdict.outcome == ItemOutcome.NEW
        tally.reference_only += is_new and verdict.item.media_status != MediaStatus.IMAGE
    for rejected in page.rejections:
        tally.count(rejected.outcome.value)
        tally.unparsed += rejected.reason in UNPARSED
    return tally
