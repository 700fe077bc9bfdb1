"""Each pin gets its number; doubles become one, and lose nothing."""

import base64
import datetime as dt

import pytest

from connectors.models import Connection
from ingestion.models import AssetOrigin, RunItem
from ingestion.models.run import RunState
from ingestion.models.step import StepState
from ingestion.pins import normalize
from ingestion.runs_page.items import items_of
from media.models import (
    Asset,
    AssetMedia,
    BoardItem,
    LinkPreview,
    SearchDocument,
    StageState,
    Tombstone,
)
from media.models.asset import PREVIEW_POSITION
from media.operations import edit_asset, history_of
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import UserFactory
from tests.ingestion.pins.making import queue_pins
from tests.ingestion.support import counts, work
from tests.media.making import attach_tag, make_asset, make_board, make_picture

pytestmark = pytest.mark.django_db


def node(text: str) -> str:
    """Return what Pinterest makes of a text such as ``Pin:1``."""
    return base64.b64encode(text.encode()).decode()


def refs(org: Organization) -> list[str]:
    with org_scope(org.pk):
        return sorted(Asset.objects.values_list("source_ref", flat=True))


class TestNumbers:
    def test_node_ids_of_either_case_become_digits_and_others_stay(
        self, org: Organization, other_org: Organization
    ) -> None:
        upper = make_asset(org, source_ref=f"pin:{node('Pin:101')}")
        make_asset(org, source_ref=node("pin:102"))
        make_asset(org, source_ref="pin:103")
        make_asset(org, source_ref="\tpin:106\n")
        make_asset(org, source="web", source_ref=f"pin:{node('Pin:104')}")
        make_asset(other_org, source_ref=f"pin:{node('Pin:105')}")

        run = work(queue_pins(org, "normalize"))

        assert refs(org) == ["pin:101", "pin:102", "pin:103", "pin:106", f"pin:{node('Pin:104')}"]
        assert refs(other_org) == [f"pin:{node('Pin:105')}"]
        with org_scope(org.pk):
            upper.refresh_from_db()
        assert upper.source_url == "https://www.pinterest.com/pin/101/"
        assert run.state == RunState.SUCCEEDED
        assert counts(run) | {"raw": 3, "updated": 3} == counts(run)

    def test_junk_stays_and_is_told_with_a_reason(self, org: Organization) -> None:
        junk = make_asset(org, "A chair", source_ref="pin:bB3n6Tcs")
        board = make_asset(org, "A board", source_ref=f"pin:{node('Board:7')}")

        run = work(queue_pins(org, "normalize"))

        assert refs(org) == sorted([junk.source_ref, board.source_ref])
        assert run.state == RunState.WARNINGS
        with org_scope(org.pk):
            shown = items_of(run)
        assert [(row.title, row.code, row.asset_id) for row in shown.rows] == [
            ("A chair", "bad_id", junk.pk),
            ("A board", "bad_id", board.pk),
        ]
        assert "“bB3n6Tcs” is no number of a pin." in shown.rows[0].why

    def test_what_was_removed_for_good_keeps_its_double_away(self, org: Organization) -> None:
        at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        with org_scope(org.pk):
            for ref in (node("Pin:1"), f"pin:{node('pin:1')}", f"pin:{node('Pin:2')}"):
                Tombstone.objects.create(org=org, source="pinterest", source_ref=ref, removed_at=at)
        make_asset(org, source_ref="pin:2")

        work(queue_pins(org, "normalize"))

        with org_scope(org.pk):
            assert [each.source_ref for each in Tombstone.objects.all()] == ["pin:1"]

    def test_a_run_that_is_stopped_goes_on_behind_the_last_batch(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(normalize, "BATCH", 2)
        for number in range(3):
            make_asset(org, source_ref=node(f"Pin:{number + 1}"))
        for number in range(2):
            make_asset(org, source_ref=f"junk {number}")
        # The step before it is left out, and takes a slice of its own.
        run = work(queue_pins(org, "normalize"), stop=lambda: True)

        run = work(run, stop=lambda: True)

        assert run.state == RunState.QUEUED
        assert run.raw_count == 2
        assert refs(org)[:3] == ["UGluOjM=", "junk 0", "junk 1"]

        run = work(run)

        assert counts(run) | {"raw": 5, "updated": 3, "failed": 2} == counts(run)
        with org_scope(org.pk):
            assert RunItem.objects.filter(run=run).count() == 2
            step = run.steps.get(name="normalize")
        assert (step.state, step.changed_count) == (StepState.SUCCEEDED, 3)
        assert (step.cursor or {}) | {"done": 5, "of": 5} == step.cursor
        assert counts(work(queue_pins(org, "normalize")))["updated"] == 0


class TestDoubles:
    def test_two_unnamed_doubles_become_the_older_one(self, org: Organization) -> None:
        older = make_asset(org, "Older", source_ref=node("Pin:5"))
        make_asset(org, "Younger", source_ref=node("pin:5"))

        run = work(queue_pins(org, "normalize"))

        assert counts(run) | {"raw": 2, "updated": 1, "skipped": 1} == counts(run)
        with org_scope(org.pk):
            left = Asset.objects.get()
            line = RunItem.objects.get(run=run)
        assert (left.pk, left.source_ref, left.title) == (older.pk, "pin:5", "Older")
        assert (line.reason, line.asset_id) == ("merged", older.pk)

    def test_nothing_that_hangs_on_either_is_lost(self, org: Organization) -> None:
        mirrored, by_hand = make_board(org, "Sofas"), make_board(org, "Mine", is_mirrored=False)
        kept = make_asset(org, "Sofa", source_ref="pin:9", boards=(mirrored,), tags=("green",))
        gone = make_asset(
            org, "Couch", source_ref=node("Pin:9"), creator="ann", tags=("green", "linen")
        )
        with org_scope(org.pk):
            make_picture(kept, position=0)
            lacking = AssetMedia.objects.create(
                org=org, asset=kept, position=1, key="sig:x", url="u"
            )
            StageState.objects.create(org=org, stage="fetch", media=lacking, status="failed")
            held = make_picture(gone)
            AssetMedia.objects.filter(pk=held.pk).update(key="sig:x")
            other = make_picture(gone, position=1)
            AssetMedia.objects.create(
                org=org, asset=gone, position=PREVIEW_POSITION, key="p", url="p", origin="preview"
            )
            attach_tag(gone, "keep", origin="human")
            BoardItem.objects.create(org=org, board=by_hand, asset=gone, own_choice="added")
            BoardItem.objects.create(org=org, board=mirrored, asset=gone, own_choice="removed")
            LinkPreview.objects.create(
                org=org, asset=gone, url="https://example.com", title="A shop"
            )
            StageState.objects.create(org=org, stage="links", asset=gone, status="done")
            for asset, via in ((kept, "one"), (gone, "one"), (gone, "two")):
                connection, _ = Connection.objects.get_or_create(
                    org=org, source="pinterest", name=via
                )
                AssetOrigin.objects.create(
                    org=org, asset=asset, connection=connection, via="export",
                    first_run_id=org.pk, changed_run_id=org.pk,
                )  # fmt: skip
            who = UserFactory.create()
            edit_asset(kept, title="My sofa", text="Too dear", by=who)
            edit_asset(gone, title="My couch", text="Ask Ann", by=who)

        work(queue_pins(org, "normalize"))

        with org_scope(org.pk):
            left = Asset.objects.get()
            pictures = list(left.media.order_by("position").values_list("pk", flat=True))
            tags = set(left.asset_tags.values_list("tag__name", "origin"))
            boards = dict(left.board_items.values_list("board", "is_member"))
            words = SearchDocument.objects.get()
            assert left.link_preview.title == "A shop"
            assert StageState.objects.get(asset=left).status == "done"
            assert left.origins.count() == 2
            assert len(history_of(left)) == 2
            assert not StageState.objects.filter(media=lacking).exists()
        assert (left.pk, left.own_title, left.creator) == (kept.pk, "My sofa", "ann")
        assert left.own_text == "Too dear\n\nAsk Ann\n\nMy couch"
        assert (held.pk in pictures, other.pk in pictures, lacking.pk in pictures) == (
            True, True, False,
        )  # fmt: skip
        assert (left.picture_count, left.stored_count, left.failed_count) == (4, 3, 0)
        assert tags == {("green", "source"), ("linen", "source"), ("keep", "human")}
        assert boards == {mirrored.pk: True, by_hand.pk: True}
        assert set(words.board_ids) == {mirrored.pk, by_hand.pk}
        assert "linen" in words.document

    def test_what_is_in_the_library_outweighs_its_double_in_the_trash(
        self, org: Organization
    ) -> None:
        trashed = make_asset(
            org, source_ref="pin:4", removed_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
        )
        make_asset(org, "Lamp", source_ref=node("Pin:4"))

        work(queue_pins(org, "normalize"))

        with org_scope(org.pk):
            trashed.refresh_from_db()
        assert (trashed.removed_at, trashed.title) == (None, "Lamp")


@pytest.mark.parametrize(
    ("count", "took_s", "expected"),
    [(1_000, 0.1, 2_000), (8_000, 0.1, 10_000), (4_000, 1.0, 4_000), (4_000, 3.0, 2_000)],
)
def test_a_batch_is_as_large_as_a_stop_allows(count: int, took_s: float, expected: int) -> None:
    assert normalize.fitting(count, took_s=took_s) == expected
