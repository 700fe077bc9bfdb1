"""The records of a run as CSV, streamed: a file of any length costs one batch of memory."""

import csv
import uuid
from collections.abc import Callable, Iterator, Sequence

from ingestion.imports.report import Echo, harmless
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.runs_page.items import NIL, UNIT_LABELS, Row, rows_of, unit_rows, units_with
from media.models.stage import Stage
from tenants.scope import org_scope

BATCH = 2_000
HEAD = ("record", "outcome", "code", "why", "title", "asset")
# Spreadsheets take a file for UTF-8 by this.
MARK = "\ufeff"

Batches = Iterator[Sequence[Row]]


def lines_of(run: SyncRun, outcome: str, address_of: Callable[[uuid.UUID], str]) -> Iterator[str]:
    """Yield the lines of the file; each batch is read in a scope, and transaction, of its own.

    Args:
        outcome: only records that became this; empty for all.
        address_of: returns where an asset is to be seen.
    """
    writer = csv.writer(Echo())
    yield MARK + writer.writerow(HEAD)
    batches = _units(run, outcome) if run.kind in Stage.values else _records(run, outcome)
    for rows in batches:
        for row in rows:
            asset = address_of(row.asset_id) if row.asset_id else ""
            cells = [row.outcome, row.code, row.why, row.title, asset]
            yield writer.writerow([row.number or "", *map(harmless, cells)])


def _records(run: SyncRun, outcome: str) -> Batches:
    after = -1
    while True:
        with org_scope(run.org_id):
            items = RunItem.objects.filter(run=run, ordinal__gt=after).order_by("ordinal")
            if outcome:
                items = items.filter(outcome=outcome)
            found = list(items[:BATCH])
            rows = rows_of(run, found)
        yield rows
        if len(found) < BATCH:
            return
        after = found[-1].ordinal


def _units(run: SyncRun, outcome: str) -> Batches:
    after = NIL
    outcome = outcome if outcome in UNIT_LABELS else ItemOutcome.FAILED
    while True:
        with org_scope(run.org_id):
            found = list(units_with(run, outcome).filter(pk__gt=after).order_by("pk")[:BATCH])
            rows = unit_rows(run, found)
        yield rows
        if len(found) < BATCH:
            return
        after = found[-1].pk
