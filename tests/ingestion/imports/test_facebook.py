"""A Facebook download through the whole import: thousands of saves, few of them with an address."""

import json
from pathlib import Path

import pytest

from ingestion.models import RunItem
from media.models import Asset, Board
from tenants.models import Organization
from tests.ingestion import facebook
from tests.ingestion.support import counts, import_bytes, import_files, reasons

SHARED = Path(__file__).parents[4] / "shared/data/facebook"


def test_915_saves_become_914_assets_and_a_double(in_scope: Organization) -> None:
    content = facebook.as_zip(facebook.saves())

    run = import_bytes(in_scope, content)

    assert counts(run) == {
        "raw": 915,
        "new": 914,
        "updated": 0,
        "unchanged": 0,
        "skipped": 1,
        "failed": 0,
    }
    assert reasons(run) == {"duplicate_in_file": 1}
    assert run.reference_only_count == 914
    assert Asset.objects.filter(media_status="link_only").count() == 74
    assert Asset.objects.filter(media_status="metadata_only").count() == 840
    assert Board.objects.count() == 93
    assert RunItem.objects.filter(run=run).values("ordinal").distinct().count() == 915


def test_915_saves_again_change_nothing(in_scope: Organization) -> None:
    content = facebook.as_zip(facebook.saves())
    import_bytes(in_scope, content)

    again = import_bytes(in_scope, content)

    assert (again.unchanged_count, again.skipped_count, again.raw_count) == (914, 1, 915)
    assert Board.objects.count() == 93


def test_text_is_repaired(in_scope: Organization) -> None:
    import_bytes(in_scope, facebook.as_zip(facebook.saves()[:200]))

    saved = Asset.objects.filter(source_ref="https://www.example.com/article/1").get()
    assert saved.source_title == "Jördis saved a link from Example Home's post."
    assert saved.source_text == "Küche \u2013 1"
    assert saved.domain == "example.com"


def test_two_exports_of_one_account_bring_each_save_once(in_scope: Organization) -> None:
    rows = [{"timestamp": 1_694_249_767 + n // 2, "title": "Ann saved a reel."} for n in range(10)]
    newer = [{"timestamp": 1_694_260_000, "title": "Ann saved a video."}, *rows]
    exports = {"2025.zip": facebook.as_zip(rows), "2026.zip": facebook.as_zip(newer)}

    run = import_files(in_scope, exports)

    assert (run.raw_count, run.new_count, reasons(run)) == (21, 11, {"duplicate_in_file": 10})


def test_collections_of_instagram_hold_their_posts(in_scope: Organization) -> None:
    def post(code: str) -> dict[str, str]:
        return {"href": f"https://www.instagram.com/p/{code}/", "value": "ann"}

    saved = [{"title": "ann", "string_map_data": {"Saved on": post(code)}} for code in "AB"]
    collected = [
        {"title": "Collection", "string_map_data": {"Name": {"href": "", "value": "Oak"}}},
        *({"string_map_data": {"Name": post(code)}} for code in "AC"),
    ]
    files = {
        "saved_collections.json": json.dumps({"saved_saved_collections": collected}).encode(),
        "saved_posts.json": json.dumps({"saved_saved_media": saved}).encode(),
    }

    run = import_files(in_scope, files)

    assert (run.raw_count, run.new_count, reasons(run)) == (4, 3, {"duplicate_in_file": 1})
    assert set(Asset.objects.values_list("creator", flat=True)) == {"ann"}
    [board] = Board.objects.all()
    refs = board.items.values_list("asset__source_ref", flat=True)
    assert sorted(ref[-2] for ref in refs) == ["A", "C"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not here")
class TestSharedSamples:
    def test_saves_v2_has_twelve_records_and_twelve_assets(self, in_scope: Organization) -> None:
        content = (SHARED / "your_saved_items.saves_v2.json").read_bytes()

        run = import_bytes(in_scope, content, name="your_saved_items.json")

        assert (run.raw_count, run.new_count) == (12, 12)
        assert Asset.objects.filter(source_ref="https://example.org/post?a=1").exists()
        assert Asset.objects.filter(source_title__startswith="Jördis Ålund").exists()

    def test_a_collection_alone_becomes_a_board(self, in_scope: Organization) -> None:
        content = (SHARED / "collections.label_values.single-object.json").read_bytes()
        assert isinstance(json.loads(content), dict)

        import_bytes(in_scope, content, name="collections.json")

        assert list(Board.objects.values_list("name", flat=True)) == ["Møbler"]

    def test_the_archive_balances(self, in_scope: Organization) -> None:
        archive = next(SHARED.glob("facebook-*.zip"))

        run = import_bytes(in_scope, archive.read_bytes())

        assert run.raw_count == sum(count for name, count in counts(run).items() if name != "raw")
        assert Asset.objects.count() == run.new_count
