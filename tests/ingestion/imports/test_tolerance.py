"""What the database refuses of one record, the others of its page do not suffer for."""

import uuid

import pytest
from django.db import IntegrityError, connection

from connectors.items import (
    MediaCandidate,
    MediaStatus,
    Outcome,
    Page,
    Rejection,
    RejectionReason,
    SavedItem,
    Source,
)
from ingestion.driver import upsert
from ingestion.imports.ledger import Tally
from ingestion.imports.tolerance import write_tolerantly
from ingestion.models import RunItem, SourceCheckpoint, SyncRun
from media.models import Asset
from tenants.models import Organization
from tests.ingestion.crawler import as_json, pin
from tests.ingestion.support import queue_import

# Nothing that the readers let pass, so it is handed over behind them.
REFUSED = {
    "a NUL": {"title": "a\0b"},
    "a lone surrogate": {"text": "\ud800"},
    "a number too large": {
        "media": (MediaCandidate("https://example.com/a.jpg", "a", width_px=2**40),),
        "media_status": MediaStatus.IMAGE,
    },
    "text too long for the index": {"ref": "".join(map(chr, range(0x4E00, 0x4E00 + 2_000)))},
    "raw that is no JSON": {"raw": b'{"title": "\\u0000"}'},
}


def item(index: int, **values: object) -> SavedItem:
    known = {"source": Source.PINTEREST, "ref": f"pin:{index}", "title": f"Pin {index}"}
    return SavedItem(index=index, **{**known, **values})  # type: ignore[arg-type]  # any field


def page_of(*items: SavedItem) -> Page:
    passed_over = Rejection(len(items), Outcome.SKIPPED, RejectionReason.BAD_TYPE, excerpt="text")
    return Page(items, (passed_over,), {}, is_last=True)


@pytest.fixture
def run(in_scope: Organization) -> SyncRun:
    return queue_import(in_scope, as_json([pin(0)]), name="pins.json")


class TestRefusedValue:
    @pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED.keys())
    def test_keeps_only_its_own_record_out(self, run: SyncRun, values: dict[str, object]) -> None:
        items = [item(number) for number in range(7)]
        items[4] = item(4, **values)

        tally = upsert(run, page_of(*items), via="export")

        assert tally == Tally(raw=8, new=6, skipped=1, failed=1, unparsed=1, reference_only=6)
        assert Asset.objects.count() == 6
        line = RunItem.objects.get(run=run, outcome="failed")
        assert (line.ordinal, line.reason) == (4, "record_invalid")
        assert "too large" in line.detail

    def test_is_foretold_by_the_dry_run(self, run: SyncRun) -> None:
        run.is_dry_run = True

        tally = upsert(run, page_of(item(0), item(1, title="a\0b")), via="export")

        assert (tally.raw, tally.new, tally.failed) == (3, 1, 1)
        assert not Asset.objects.exists()

    def test_does_not_hide_a_double_on_the_other_half(self, run: SyncRun) -> None:
        items = [item(0), item(1, title="a\0b"), item(2, ref="pin:0"), item(3)]

        tally = upsert(run, page_of(*items), via="export")

        assert (tally.new, tally.skipped, tally.failed) == (2, 2, 1)

    def test_of_all_records_leaves_a_report(self, run: SyncRun) -> None:
        tally = upsert(run, page_of(*(item(n, title="\0") for n in range(5))), via="export")

        assert (tally.raw, tally.failed) == (6, 5)


class TestOtherFault:
    def test_ends_the_page(self, run: SyncRun) -> None:
        """A row whose connection is gone is wrong in no value of its record."""

        def write(run: SyncRun, page: Page) -> Tally:
            SourceCheckpoint.objects.create(
                org_id=run.org_id, connection_id=uuid.uuid4(), stream="x", run_id=run.pk
            )
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return Tally()

        with pytest.raises(IntegrityError, match="foreign key"):
            write_tolerantly(write, run, page_of(item(0), item(1)))
