"""The import report: every record accounted for."""

import csv
import dataclasses
import heapq
import re
from collections.abc import Iterator

from django.db.models import Count

from ingestion.imports.queries import REJECTED, rows_of
from ingestion.models import RunItem, SyncRun

# A word or two for each reason, and a sentence.
LABELS = {
    "bad_type": "Not a record",
    "error_row": "Error of the crawler",
    "no_id": "No identity",
    "not_a_pin": "Not a saved item",
    "promoted": "Advertisement",
    "record_invalid": "Unreadable",
    "duplicate_in_file": "Double",
    "removed_by_you": "Removed by you",
    "outside_window": "Of another time",
    "already_here": "Here already",
    "same_bytes": "Here already",
    "too_small": "Too small",
    "bad_id": "No number of a pin",
    "merged": "Two of one pin",
    "no_origin": "Of no connection",
    "not_to_be_shown": "Not to be taken",
}
REASONS = {
    "bad_type": "Not a record: a bare text or number stood in its place",
    "error_row": "The crawler wrote an error in place of a record",
    "no_id": "Nothing in the record identifies it",
    "not_a_pin": "A part of the feed that is not a saved item",
    "promoted": "An advertisement that you did not save",
    "record_invalid": "The record could not be read",
    "duplicate_in_file": "A double within the file; its boards and pictures were merged",
    "removed_by_you": "You removed it from the library earlier",
    "outside_window": "It was saved at another time than this run was asked for",
    "already_here": "In the library already, by its address",
    "same_bytes": "In the library already: the very same picture",
    "too_small": "As small as an icon",
    "bad_id": "What it is called at Pinterest is no number of a pin, so no more can be found of it",
    "no_origin": "No connection brought it, so that none refreshes it; it stays as it is",
    "not_to_be_shown": "Became secret, or may be kept no longer, while it was asked for",
    "merged": "Another entry was the same pin; that one has all that hung on either",
}


# Why files inside what was brought were left out.
MEMBER_REASONS = {
    "twin": "The same data in another format",
    "copy": "The same bytes as another file",
    "nested_archive": "An archive or office file inside the archive; such are not opened",
    "other_source": "Of another service than the rest",
    "other_list": "Of the same download, but no list of what you saved",
    "unsafe_name": "Its name leads out of the archive",
    "link": "A link to somewhere else",
    "device": "Not a file",
    "system_file": "A note of the operating system",
    "duplicate_name": "Two files had this name; the first one counts",
    "damaged": "Damaged",
    "not_brought": "Not brought. If the database was in use, its newest rows are in this file: "
    "bring both together",
    "of_several": "It belongs to one of several databases of the same name, and newest rows may be "
    "in it: import each with its own files",
    "empty": "Empty",
    "unknown": "Not a list of saved things",
}


@dataclasses.dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many records had one outcome for one reason."""

    outcome: str
    reason: str
    sentence: str
    count: int

    @property
    def label(self) -> str:
        """Return the reason in a word or two."""
        return LABELS[self.reason]


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What became of all records of a run.

    ``raw == new + updated + unchanged + skipped + failed`` always holds.
    """

    raw: int
    parsed: int
    new: int
    updated: int
    unchanged: int
    existing: int
    skipped: int
    failed: int
    reference_only: int
    with_picture: int
    reasons: tuple[ReasonCount, ...]

    @property
    def rejected(self) -> int:
        """Return how many became no asset of their own."""
        return self.skipped + self.failed

    @property
    def removed_by_you(self) -> int:
        """Return how many could be brought back."""
        return sum(r.count for r in self.reasons if r.reason == "removed_by_you")


def report_of(run: SyncRun) -> Report:
    """Return the report of ``run`` as far as it has come; two queries at most."""
    rows = (
        RunItem.objects.filter(run=run, outcome__in=REJECTED)
        .values("outcome", "reason")
        .annotate(n=Count("pk"))
        .order_by("outcome", "-n", "reason")
    )
    return Report(
        raw=run.raw_count,
        parsed=run.parsed_count,
        new=run.new_count,
        updated=run.updated_count,
        unchanged=run.unchanged_count,
        existing=run.existing_count,
        skipped=run.skipped_count,
        failed=run.failed_count,
        reference_only=run.reference_only_count,
        with_picture=run.with_picture_count,
        reasons=tuple(
            ReasonCount(row["outcome"], row["reason"], REASONS[row["reason"]], row["n"])
            for row in rows
        ),
    )


class Echo:
    """A file that gives each written line back."""

    def write(self, line: str) -> str:
        """Return the line instead of keeping it."""
        return line


# A spreadsheet runs a cell that begins so as a formula. Where its language parts columns at
# semicolons or tabs, a cell begins behind one of those too, whatever is quoted.
_FORMULA = re.compile(r"(^|[;\t\r\n])(\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def rejected_csv(run: SyncRun, *, batch: int = 2_000) -> Iterator[str]:
    """Yield, line by line, the records that were not ingested, with their reasons.

    Reads in batches by place, so that memory stays small; the caller holds the scope open
    while it iterates.
    """
    writer = csv.writer(Echo())
    yield writer.writerow(["record", "outcome", "reason", "explanation", "ref", "excerpt"])
    streams = [rows_of(run, outcome, batch=batch) for outcome in REJECTED]
    for row in heapq.merge(*streams, key=lambda row: row.ordinal):
        cells = [row.outcome, row.reason, explain(row), row.source_ref, row.excerpt]
        yield writer.writerow([row.ordinal + 1, *map(harmless, cells)])


def explain(row: RunItem) -> str:
    """Return why a record was not ingested, in a sentence."""
    return row.detail or REASONS[row.reason]


def harmless(cell: str) -> str:
    """Return ``cell`` with an apostrophe before what a spreadsheet would run."""
    return _FORMULA.sub(r"\1'\2", cell)
