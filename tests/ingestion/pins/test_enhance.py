"""Details of pins are asked for, and written whole or not at all."""

import asyncio
import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from connectors.errors import BrowserMissingError, RobotsRefusedError
from connectors.items import BoardRef
from connectors.models import Connection
from ingestion.engine import streams
from ingestion.engine.drain import run_slice
from ingestion.errors import StepSkippedError
from ingestion.imports.foreground import reload
from ingestion.models import AssetOrigin, PinAnswer, RunEvent, SyncRun
from ingestion.models.run import RunState
from ingestion.models.step import StepState
from ingestion.pins import asking, details, enhance
from media.models import Asset, AssetMedia, BoardItem, SearchDocument, StageState
from media.operations import edit_asset
from tenants.errors import AppError
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import UserFactory
from tests.ingestion.pins.making import enhance_pins, lines, queue_pins
from tests.ingestion.pins.web import Web, record
from tests.ingestion.support import claimed, counts, make_due, work
from tests.media.making import make_asset, make_board, make_picture

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class TestWhatIsAsked:
    def test_pins_that_lack_something_and_no_others(self, org: Organization, web: Web) -> None:
        whole = make_asset(org, "Whole", source_ref="pin:1", saved_at=DAY)
        with org_scope(org.pk):
            make_picture(whole)
        make_asset(org, "No picture", source_ref="pin:2", saved_at=DAY)
        make_asset(org, source_ref="pin:3", saved_at=DAY)
        make_asset(org, "Of a page", source="web", source_ref="pin:4")
        make_asset(org, "Secret", source_ref="pin:5", is_secret=True)
        make_asset(org, "In the trash", source_ref="pin:6", removed_at=timezone.now())
        secret = make_board(org, "Secret")
        make_asset(org, "On a secret board", source_ref="pin:7", boards=(secret,))
        with org_scope(org.pk):
            type(secret).objects.filter(pk=secret.pk).update(is_secret=True)
        make_asset(org, "Junk", source_ref="pin:bB3n6Tcs")

        run = enhance_pins(org)

        assert sorted(web.asked) == ["2", "3"]
        assert (run.state, counts(run)["updated"]) == (RunState.SUCCEEDED, 2)

    def test_for_pictures_only_those_that_show_none(self, org: Organization, web: Web) -> None:
        make_asset(org, "No picture", source_ref="pin:1")
        nameless = make_asset(org, source_ref="pin:2")
        lost = make_asset(org, source_ref="pin:3")
        with org_scope(org.pk):
            make_picture(nameless)
            AssetMedia.objects.create(org=org, asset=lost, position=0, key="k", url="u")
            Asset.objects.filter(pk=lost.pk).update(picture_count=1, failed_count=1)

        enhance_pins(org, only_images=True, max_concurrent=5)

        assert sorted(web.asked) == ["1", "3"]
        assert web.most == [5]

    def test_an_answer_holds_for_a_month_and_a_fault_on_the_way_for_the_run(
        self, org: Organization, web: Web
    ) -> None:
        for number in (1, 2, 3):
            make_asset(org, source_ref=f"pin:{number}")
        web.answers = {
            "1": record("1", title="", text="", media=()),
            "2": "not_found",
            "3": "network",
        }
        enhance_pins(org)
        web.asked.clear()

        enhance_pins(org)
        assert web.asked == ["3"]

        with org_scope(org.pk):
            PinAnswer.objects.update(ask_again_at=timezone.now() - dt.timedelta(hours=2))
        web.asked.clear()
        enhance_pins(org)
        assert sorted(web.asked) == ["1", "2", "3"]

    def test_the_step_is_left_out_where_nobody_answers_for_it(
        self, org: Organization, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> object:
            raise StepSkippedError("Nobody has answered for it.")

        monkeypatch.setattr(asking, "session", refuse)
        make_asset(org, source_ref="pin:1")

        run = enhance_pins(org)

        with org_scope(org.pk):
            step = run.steps.get(name="enhance")
        assert (step.state, step.user_message) == (StepState.SKIPPED, "Nobody has answered for it.")
        assert (run.state, web.asked) == (RunState.SUCCEEDED, [])

    @pytest.mark.parametrize("error", [BrowserMissingError, RobotsRefusedError])
    def test_the_step_is_left_out_where_nobody_can_ask(
        self, org: Organization, web: Web, error: type[AppError]
    ) -> None:
        make_asset(org, source_ref="pin:1")
        make_asset(org, source_ref="pin:2")
        web.error = (1, error("Not from here."))

        run = enhance_pins(org)

        with org_scope(org.pk):
            step = run.steps.get(name="enhance")
        assert (step.state, step.user_message) == (StepState.SKIPPED, "Not from here.")
        assert counts(run) | {"raw": 1, "updated": 1} == counts(run)


class TestWhatIsWritten:
    def test_a_full_record_fills_the_pin_and_leaves_what_people_said(
        self, org: Organization, web: Web
    ) -> None:
        asset = make_asset(org, source_ref="pin:1", source_title="Poor")
        with org_scope(org.pk):
            connection = Connection.objects.create(org=org, source="pinterest", name="Mine")
            AssetOrigin.objects.create(
                org=org, asset=asset, connection=connection, via="export", raw={"id": "1"},
                first_run_id=org.pk, changed_run_id=org.pk,
            )  # fmt: skip
            edit_asset(asset, title="My sofa", text="", by=UserFactory.create())
            before = Asset.objects.get()
        board = BoardRef("board:77", "Sofas", "https://www.pinterest.com/ann/sofas/")
        web.answers = {
            "1": record("1", saved_at=DAY, creator="ann", boards=(board,), tags=("oak",))
        }

        run = enhance_pins(org)

        with org_scope(org.pk):
            pin = Asset.objects.get()
            origin = AssetOrigin.objects.get()
            assert StageState.objects.get(stage="fetch", media__asset=pin).status == "pending"
            assert BoardItem.objects.get().board.source_key == "board:77"
            assert pin.asset_tags.get().tag.name == "oak"
            assert "oak" in SearchDocument.objects.get().document
        assert (pin.pk, pin.source_ref, pin.title) == (asset.pk, "pin:1", "My sofa")
        assert (pin.source_title, pin.source_text) == ("Title 1", "Text 1")
        assert (pin.saved_at, pin.creator, pin.picture_count) == (DAY, "ann", 1)
        assert bytes(pin.content_hash) == bytes(before.content_hash)
        assert (origin.via, origin.raw["id"], origin.raw["detail"]["id"]) == ("export", "1", "1")
        with org_scope(org.pk):
            assert SyncRun.objects.get(kind="fetch").state == RunState.QUEUED
        assert lines(run) == {"pin:1": ("updated", "")}
        assert counts(run) == {
            "raw": 1, "new": 0, "updated": 1, "unchanged": 0, "skipped": 0, "failed": 0,
        }  # fmt: skip

    def test_the_same_record_again_changes_nothing(self, org: Organization, web: Web) -> None:
        make_asset(org, source_ref="pin:1")
        web.answers = {"1": record("1", title="", text="")}
        enhance_pins(org)
        with org_scope(org.pk):
            before = list(Asset.objects.values())
            PinAnswer.objects.update(ask_again_at=timezone.now() - dt.timedelta(hours=2))

        run = enhance_pins(org)

        assert (counts(run)["unchanged"], counts(run)["updated"]) == (1, 0)
        with org_scope(org.pk):
            assert list(Asset.objects.values()) == before

    def test_what_is_gone_is_marked_and_what_failed_is_told(
        self, org: Organization, web: Web
    ) -> None:
        for number in (1, 2):
            make_asset(org, f"Pin {number}", source_ref=f"pin:{number}")
        web.answers = {"1": "not_found", "2": "other_pin"}

        run = enhance_pins(org)

        assert lines(run) == {"pin:1": ("skipped", "not_found"), "pin:2": ("failed", "other_pin")}
        assert run.state == RunState.WARNINGS
        with org_scope(org.pk):
            marks = dict(Asset.objects.values_list("source_ref", "is_removed_at_source"))
            told = RunEvent.objects.get(run=run, name="removed_at_source")
        assert marks == {"pin:1": True, "pin:2": False}
        assert told.detail["count"] == 1

    def test_another_pins_record_is_never_taken(self, org: Organization, web: Web) -> None:
        make_asset(org, "Mine", source_ref="pin:1")
        web.answers = {"1": record("999")}

        run = enhance_pins(org)

        with org_scope(org.pk):
            pin = Asset.objects.get()
        assert (pin.source_ref, pin.source_title, pin.picture_count) == ("pin:1", "Mine", 0)
        assert lines(run) == {"pin:1": ("failed", "other_pin")}

    def test_what_somebody_removed_meanwhile_is_passed_over(
        self, org: Organization, web: Web
    ) -> None:
        make_asset(org, source_ref="pin:1")
        purged = make_asset(org, source_ref="pin:2")

        async def remove(pin_id: str) -> None:
            await asyncio.to_thread(_remove, org, purged)

        web.before = remove

        run = enhance_pins(org)

        assert lines(run)["pin:2"] == ("skipped", "removed_by_you")
        with org_scope(org.pk):
            assert Asset.objects.get().source_ref == "pin:1"

    @pytest.mark.parametrize("meanwhile", [{"is_secret": True}, {"content_hash": b""}])
    def test_what_became_secret_or_was_emptied_meanwhile_is_not_filled(
        self, org: Organization, web: Web, meanwhile: dict[str, Any]
    ) -> None:
        pin = make_asset(org, source_ref="pin:1")

        async def change(pin_id: str) -> None:
            await asyncio.to_thread(_change, org, pin, meanwhile)

        web.before = change

        run = enhance_pins(org)

        assert lines(run) == {"pin:1": ("skipped", "not_to_be_shown")}
        assert counts(run)["skipped"] == 1
        with org_scope(org.pk):
            found = Asset.objects.get()
        assert (found.source_title, found.picture_count) == ("", 0)
        assert all(getattr(found, name) == value for name, value in meanwhile.items())


def _change(org: Organization, asset: Asset, values: dict[str, Any]) -> None:
    with org_scope(org.pk):
        Asset.objects.filter(pk=asset.pk).update(**values)
    connections.close_all()


def _remove(org: Organization, asset: Asset) -> None:
    with org_scope(org.pk):
        Asset.objects.filter(pk=asset.pk).delete()
    connections.close_all()


class TestTheWriter:
    def test_a_batch_that_fails_is_written_pin_by_pin(self, org: Organization, web: Web) -> None:
        for number in range(1, 6):
            make_asset(org, source_ref=f"pin:{number}")
        web.answers = {"3": record("3", title="a\0b")}

        run = enhance_pins(org)

        assert counts(run) | {"raw": 5, "updated": 4, "failed": 1} == counts(run)
        assert lines(run)["pin:3"] == ("failed", "record_invalid")
        with org_scope(org.pk):
            titles = dict(Asset.objects.values_list("source_ref", "source_title"))
            step = run.steps.get(name="enhance")
            answer = PinAnswer.objects.get(asset__source_ref="pin:3")
        assert titles.pop("pin:3") == ""
        assert set(titles.values()) == {"Title 1", "Title 2", "Title 4", "Title 5"}
        assert (step.changed_count, (step.cursor or {})["done"]) == (4, 5)
        assert (answer.code, answer.content_hash) == ("record_invalid", None)

    def test_a_fault_of_all_is_nobodys(
        self, org: Organization, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise ValueError("Broken.")

        monkeypatch.setattr(details, "write_assets", fail)
        for number in range(1, 10):
            make_asset(org, source_ref=f"pin:{number}")

        run = enhance_pins(org)

        assert (run.state, run.error_code) == (RunState.RETRY_WAIT, "internal_error")
        assert (counts(run)["raw"], lines(run)) == (0, {})

    def test_a_slice_goes_on_behind_what_is_written_and_asks_for_none_twice(
        self, org: Organization, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "BATCH", 2)
        monkeypatch.setattr(enhance, "MOST_IN_HAND", 4)
        for number in range(1, 10):
            make_asset(org, source_ref=f"pin:{number}")
        run = work(queue_pins(org, "enhance"), stop=partial(web.has_asked, 3))
        while run.state == RunState.QUEUED:
            written = counts(run)["raw"]
            make_due(run.pk, org)
            enough = len(web.asked) + 3
            run = work(run, stop=partial(web.has_asked, enough))

            assert counts(run)["raw"] >= written

        assert counts(run) | {"raw": 9, "updated": 9} == counts(run)
        assert sorted(web.asked) == [str(number) for number in range(1, 10)]
        assert len(lines(run)) == 9

    def test_slices_shorter_than_an_answer_come_forward_all_the_same(
        self, org: Organization, web: Web
    ) -> None:
        for number in (1, 2, 3):
            make_asset(org, source_ref=f"pin:{number}")

        async def linger(_: str) -> None:
            await asyncio.sleep(0.6)

        web.before = linger
        run = queue_pins(org, "enhance")
        while run.state in (RunState.QUEUED, RunState.RUNNING):
            make_due(run.pk, org)
            run_slice(claimed(run), seconds=0.4)
            run = reload(run)

        assert counts(run) | {"raw": 3, "updated": 3} == counts(run)
        assert run.slices > 2
        assert sorted(web.asked) == ["1", "2", "3"]
