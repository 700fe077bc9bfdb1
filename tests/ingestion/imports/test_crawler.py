"""The crawler's export through the whole import: every record accounted for."""

from pathlib import Path

import pytest

from ingestion.imports.report import report_of
from ingestion.models import RunItem
from ingestion.models.run import RunState
from media.models import Asset, AssetMedia, BoardItem, StageState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_json, as_zip, pin, quirky_rows
from tests.ingestion.support import counts, import_bytes, reasons

SKIPPED = {"bad_type": 1, "error_row": 1, "duplicate_in_file": 2}
FIRST = {"raw": 54, "new": 50, "updated": 0, "unchanged": 0, "skipped": 4, "failed": 0}
AGAIN = {"raw": 54, "new": 0, "updated": 0, "unchanged": 50, "skipped": 4, "failed": 0}

SHARED_ZIP = next(
    iter(
        (Path(__file__).parents[4] / "shared/data/pinterest-crawler").glob(
            "dataset_pinterest-crawler_*.zip"
        )
    ),
    None,
)


def file_states() -> list[tuple[object, ...]]:
    """Return the state of every picture's fetch."""
    return list(
        StageState.objects.order_by("pk").values_list(
            "pk", "status", "attempts", "due_at", "updated_at"
        )
    )


class TestCrawlerExport:
    def test_accounts_for_each_of_its_54_records(self, in_scope: Organization) -> None:
        run = import_bytes(in_scope, as_zip(quirky_rows()))

        assert run.state == RunState.SUCCEEDED
        assert counts(run) == FIRST
        assert reasons(run) == SKIPPED
        assert run.parsed_count == 52
        assert run.reference_only_count == 2
        assert Asset.objects.count() == 50
        assert Asset.objects.filter(media_status="image").count() == 48

    def test_gives_every_record_one_row_in_the_ledger(self, in_scope: Organization) -> None:
        run = import_bytes(in_scope, as_zip(quirky_rows()))

        places = list(
            RunItem.objects.filter(run=run).order_by("ordinal").values_list("ordinal", flat=True)
        )
        assert places == list(range(54))

    def test_again_changes_nothing_and_fetches_nothing_again(self, in_scope: Organization) -> None:
        import_bytes(in_scope, as_zip(quirky_rows()))
        assets = list(Asset.objects.order_by("pk").values())
        places = list(BoardItem.objects.order_by("pk").values())
        states = file_states()

        again = import_bytes(in_scope, as_zip(quirky_rows()))

        assert counts(again) == AGAIN
        assert reasons(again) == SKIPPED
        assert list(Asset.objects.order_by("pk").values()) == assets
        assert list(BoardItem.objects.order_by("pk").values()) == places
        assert file_states() == states

    def test_with_one_title_changed_updates_one(self, in_scope: Organization) -> None:
        import_bytes(in_scope, as_zip(quirky_rows()))
        rows = quirky_rows()
        rows[20] = pin(20, title="A better title")

        again = import_bytes(in_scope, as_zip(rows))

        assert counts(again) == AGAIN | {"updated": 1, "unchanged": 49}
        assert Asset.objects.filter(source_title="A better title").count() == 1

    def test_a_pin_on_two_boards_is_one_asset_on_both(self, in_scope: Organization) -> None:
        import_bytes(in_scope, as_zip(quirky_rows()))

        asset = Asset.objects.get(source_ref=f"pin:{pin(1)['id']}")
        boards = BoardItem.objects.filter(asset=asset).order_by("board__name")
        assert list(boards.values_list("board__name", flat=True)) == ["Board 1", "Board 3"]

    def test_two_organizations_each_have_their_own(
        self, org: Organization, other_org: Organization
    ) -> None:
        mine = import_bytes(org, as_zip(quirky_rows()))
        theirs = import_bytes(other_org, as_zip(quirky_rows()))

        assert counts(mine) == counts(theirs) == FIRST
        for each in (org, other_org):
            with org_scope(each.pk):
                assert Asset.objects.count() == 50

    @pytest.mark.skipif(SHARED_ZIP is None, reason="the shared samples are not here")
    def test_the_shared_sample_has_the_same_outcome(self, in_scope: Organization) -> None:
        assert SHARED_ZIP is not None
        content = SHARED_ZIP.read_bytes()

        first = import_bytes(in_scope, content)
        again = import_bytes(in_scope, content)

        assert (counts(first), reasons(first), first.reference_only_count) == (FIRST, SKIPPED, 2)
        assert (counts(again), reasons(again)) == (AGAIN, SKIPPED)


class TestReport:
    def test_balances_and_names_each_reason(self, in_scope: Organization) -> None:
        report = report_of(import_bytes(in_scope, as_json(quirky_rows()), name="pins.json"))

        assert report.raw == report.new + report.existing + report.skipped + report.failed
        assert (report.parsed, report.reference_only, report.with_picture) == (52, 2, 48)
        assert {reason.reason: reason.count for reason in report.reasons} == SKIPPED
        assert AssetMedia.objects.count() == 48
