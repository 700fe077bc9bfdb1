"""What a second file does to a library, and what it never does."""

import datetime as dt
import io

import pytest
from django.utils import timezone

from connectors.models import Connection
from ingestion.imports import kind
from ingestion.imports.files import keep_files, stored
from ingestion.models import AssetOrigin, Job, RunItem, SyncRun
from media.models import Asset, AssetMedia, AssetTag, Board, BoardItem, StageState, Tag, Tombstone
from media.operations import Selection, add_tags, remove_tags
from tenants.models import Organization, User
from tests.ingestion.crawler import FIRST_ID, Row, as_json, board_of, pin
from tests.ingestion.support import counts, import_bytes, queue_run, reasons, work


def asset_of(number: int) -> Asset:
    return Asset.objects.get(source_ref=f"pin:{FIRST_ID + number}")


def boards_of(number: int) -> list[str]:
    items = BoardItem.objects.filter(asset=asset_of(number), is_member=True)
    return list(items.order_by("board__name").values_list("board__name", flat=True))


def bring(org: Organization, *rows: Row) -> SyncRun:
    return import_bytes(org, as_json(list(rows)), name="pins.json")


def picture(signature: str) -> Row:
    return {
        "width": 10,
        "height": 10,
        "url": f"https://i.pinimg.com/originals/aa/bb/cc/{signature * 32}.jpg",
    }


def _other_file(url: str) -> Row:
    """The same picture as a source that knows no sizes gives it, under another suffix."""
    return {"url": url.rsplit(".", 1)[0] + ".png"}


class TestDoubles:
    def test_on_a_later_page_is_skipped_and_merged(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 3)
        rows = [pin(number) for number in range(7)]
        double = pin(0, board=board_of(3), image=picture("f"))

        run = bring(in_scope, *rows, double)

        assert counts(run) == {
            "raw": 8,
            "new": 7,
            "updated": 0,
            "unchanged": 0,
            "skipped": 1,
            "failed": 0,
        }
        assert reasons(run) == {"duplicate_in_file": 1}
        assert boards_of(0) == ["Board 0", "Board 3"]
        media = list(AssetMedia.objects.filter(asset=asset_of(0)).order_by("position"))
        assert [each.position for each in media] == [0, 1]
        assert "f" * 32 in media[1].url
        assert asset_of(0).picture_count == 2
        assert StageState.objects.filter(media__in=media, status="pending").count() == 2

    def test_its_ledger_row_names_the_asset_that_it_became_part_of(
        self, in_scope: Organization
    ) -> None:
        run = bring(in_scope, pin(0), pin(0))

        double = RunItem.objects.get(run=run, ordinal=1)
        assert (double.outcome, double.reason) == ("skipped", "duplicate_in_file")
        assert double.asset_id == asset_of(0).pk

    def test_again_changes_nothing(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 2)
        rows = [pin(0), pin(1), pin(2), pin(0, board=board_of(3), image=picture("f"))]
        bring(in_scope, *rows)
        before = list(Asset.objects.order_by("pk").values())

        again = bring(in_scope, *rows)

        assert (again.unchanged_count, again.updated_count, again.skipped_count) == (3, 0, 1)
        assert list(Asset.objects.order_by("pk").values()) == before
        assert boards_of(0) == ["Board 0", "Board 3"]


class TestLaterFileKnowsLess:
    def test_and_what_it_does_not_tell_stays(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0, description="Told at first", pinner={"username": "ann"}))
        before = asset_of(0)
        media = AssetMedia.objects.get()
        silent = {"title": None, "grid_title": None, "description": None, "auto_alt_text": None}

        again = bring(
            in_scope, pin(0, **silent, link=None, domain=None, image=_other_file(media.url))
        )

        assert again.updated_count == 1
        after = asset_of(0)
        told = ("source_title", "source_text", "alt_text", "link_url", "domain", "creator", "kind")
        assert [getattr(after, name) for name in told] == [getattr(before, name) for name in told]
        held = AssetMedia.objects.get()
        assert (held.width_px, held.height_px) == (media.width_px, media.height_px)
        assert media.url in [held.url, *held.fallbacks]

    def test_and_another_picture_becomes_the_first(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0))
        first = AssetMedia.objects.get()

        bring(in_scope, pin(0, image=picture("e")))
        held = list(AssetMedia.objects.order_by("position").values_list("key", "position"))
        assert [position for _, position in held] == [0, 1]
        assert held[1][0] == first.key

        bring(in_scope, pin(0))
        assert AssetMedia.objects.get(position=0).key == first.key


class TestTagsOfPeople:
    def test_that_were_taken_off_stay_off(self, in_scope: Organization, owner_user: User) -> None:
        """Also where the source names them only later."""
        bring(in_scope, pin(0))
        chosen = Selection.of_ids([asset_of(0).pk])
        add_tags(chosen, ["Oak"], owner_user)
        remove_tags(chosen, ["Oak"], owner_user)

        bring(in_scope, pin(0, hashtags=["oak", "ash"]))

        held = AssetTag.objects.filter(asset=asset_of(0), is_rejected=False)
        assert [each.tag.name for each in held] == ["ash"]


class TestLabels:
    """Chips are counted by labels beside the words, not by the tables of boards and tags."""

    def test_follow_new_and_changed_records_and_doubles(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 3)
        bring(in_scope, *(pin(n, hashtags=["oak", f"n{n}"]) for n in range(5)), pin(0, board=None))
        bring(
            in_scope,
            pin(1, board=board_of(3), hashtags=["ash"]),
            pin(2, title="Changed"),
            pin(3, board=board_of(0)),
            pin(3, board=board_of(1)),
            pin(9, board="Board 0"),
        )

        for asset in Asset.objects.select_related("search_document"):
            boards = BoardItem.objects.filter(asset=asset, is_member=True)
            tags = AssetTag.objects.filter(asset=asset, is_rejected=False)
            document = asset.search_document
            assert document.board_ids == sorted(boards.values_list("board_id", flat=True))
            assert document.tag_ids == sorted(set(tags.values_list("tag_id", flat=True)))
        assert AssetTag.objects.exists()


class TestLaterFile:
    def test_deletes_nothing_that_it_lacks(self, in_scope: Organization) -> None:
        bring(in_scope, *(pin(number) for number in range(5)))

        again = bring(in_scope, pin(0))

        assert again.unchanged_count == 1
        assert Asset.objects.count() == 5
        assert boards_of(4) == ["Board 0"]

    def test_with_another_board_updates_and_keeps_the_first(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0))

        again = bring(in_scope, pin(0, board=board_of(2)))

        assert (again.updated_count, again.unchanged_count) == (1, 0)
        assert boards_of(0) == ["Board 0", "Board 2"]

    def test_with_another_picture_adds_it_and_fetches_only_that(
        self, in_scope: Organization
    ) -> None:
        bring(in_scope, pin(0))
        StageState.objects.update(status="done", attempts=1)

        bring(in_scope, pin(0, image=picture("e")))

        assert asset_of(0).picture_count == 2
        assert StageState.objects.filter(status="done").count() == 1
        assert StageState.objects.filter(status="pending").count() == 1

    def test_with_another_address_of_a_failed_picture_tries_it_again(
        self, in_scope: Organization
    ) -> None:
        bring(in_scope, pin(0))
        StageState.objects.update(status="failed", error_code="forbidden", attempts=1)
        moved = picture("0") | {"url": AssetMedia.objects.get().url.replace(".jpg", ".png")}

        bring(in_scope, pin(0, image=moved))

        state = StageState.objects.get()
        assert (state.status, state.error_code, state.attempts) == ("pending", "", 0)

    def test_leaves_what_people_wrote(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0))
        tag = Tag.objects.create(org=in_scope, name="Mine", folded_name="mine")
        AssetTag.objects.create(org=in_scope, asset=asset_of(0), tag=tag, origin="human")
        Asset.objects.update(own_title="My own title", own_text="My own words")

        bring(in_scope, pin(0, title="Their new title"))

        saved = asset_of(0)
        assert (saved.own_title, saved.own_text) == ("My own title", "My own words")
        assert (saved.source_title, saved.title) == ("Their new title", "My own title")
        assert AssetTag.objects.filter(asset=saved, tag=tag, is_rejected=False).exists()

    def test_renames_a_board_that_people_have_not_renamed(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0), pin(1))
        Board.objects.filter(source_name="Board 1").update(own_name="Ours")

        bring(
            in_scope,
            pin(0, board=board_of(0) | {"name": "Renamed 0"}),
            pin(1, board=board_of(1) | {"name": "Renamed 1"}),
        )

        assert sorted(Board.objects.values_list("name", flat=True)) == ["Ours", "Renamed 0"]


class TestBoardsByName:
    """Some records give a board's name where others give its id as well."""

    def test_are_the_board_of_that_name(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0), pin(1, board="board 0"))

        assert boards_of(1) == ["Board 0"]
        assert Board.objects.count() == 1

    def test_get_their_id_from_a_later_record(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 1)
        rows = [pin(1, board="Board 0"), pin(0)]
        bring(in_scope, *rows)
        assert Board.objects.get().source_key == f"board:{board_of(0)['id']}"

        again = bring(in_scope, *rows)

        assert again.unchanged_count == 2
        assert boards_of(0) == boards_of(1) == ["Board 0"]

    def test_are_the_oldest_of_several(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 1)
        other = {**board_of(1), "name": "Board 0"}
        rows = [pin(2, board="Board 0"), pin(0), pin(1, board=other)]
        bring(in_scope, *rows)

        again = bring(in_scope, *rows)

        assert again.unchanged_count == 3
        held = BoardItem.objects.get(asset=asset_of(2))
        assert held.board.source_key == f"board:{board_of(0)['id']}"

    def test_of_the_dry_run_are_the_same(self, in_scope: Organization) -> None:
        content = as_json([pin(0), pin(1, board="Board 0")])
        import_bytes(in_scope, content, name="pins.json")

        run = import_bytes(in_scope, content, name="pins.json", is_dry_run=True)

        assert run.unchanged_count == 2

    def test_that_nothing_else_names_stay_by_name(self, in_scope: Organization) -> None:
        bring(in_scope, pin(1, board="Kitchen"))

        again = bring(in_scope, pin(1, board="Kitchen"))

        assert again.unchanged_count == 1
        assert boards_of(1) == ["Kitchen"]


class TestBoardsOfPeople:
    def test_a_removal_from_a_mirrored_board_survives(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0))
        BoardItem.objects.update(own_choice="removed")

        again = bring(in_scope, pin(0, title="Changed"))

        assert again.updated_count == 1
        assert boards_of(0) == []

    def test_an_addition_survives(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0), pin(1))
        board = Board.objects.get(name="Board 1")
        BoardItem.objects.create(org=in_scope, board=board, asset=asset_of(0), own_choice="added")

        bring(in_scope, pin(0, title="Changed"), pin(1))

        assert boards_of(0) == ["Board 0", "Board 1"]

    def test_an_addition_that_the_source_makes_too_is_one_place(
        self, in_scope: Organization
    ) -> None:
        bring(in_scope, pin(0), pin(1))
        board = Board.objects.get(name="Board 1")
        BoardItem.objects.create(org=in_scope, board=board, asset=asset_of(0), own_choice="added")

        bring(in_scope, pin(0, board=board_of(1)))

        place = BoardItem.objects.get(asset=asset_of(0), board=board)
        assert (place.in_source, place.own_choice, place.is_member) == (True, "added", True)


class TestRemoved:
    def test_stays_removed_and_says_so(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0), pin(1))
        Asset.objects.filter(pk=asset_of(0).pk).update(removed_at=timezone.now())

        again = bring(in_scope, pin(0, title="Changed"), pin(1))

        assert (again.skipped_count, again.unchanged_count) == (1, 1)
        assert reasons(again) == {"removed_by_you": 1}
        assert asset_of(0).source_title == "Pin number 0"
        assert asset_of(0).removed_at is not None

    def test_for_good_leaves_a_tombstone_that_keeps_it_out(self, in_scope: Organization) -> None:
        Tombstone.objects.create(
            org=in_scope,
            source="pinterest",
            source_ref=f"pin:{FIRST_ID}",
            removed_at=timezone.now() - dt.timedelta(days=90),
        )

        run = bring(in_scope, pin(0), pin(1))

        assert (run.new_count, run.skipped_count) == (1, 1)
        assert reasons(run) == {"removed_by_you": 1}
        assert Asset.objects.count() == 1


class TestConnections:
    def test_two_that_report_one_pin_are_both_remembered(self, in_scope: Organization) -> None:
        bring(in_scope, pin(0))
        second = Connection.objects.create(org=in_scope, source="pinterest", name="Second account")

        run = self._bring_through(second, pin(0))

        assert (run.unchanged_count, run.new_count) == (1, 0)
        origins = AssetOrigin.objects.filter(asset=asset_of(0))
        assert origins.count() == 2
        assert origins.get(connection=second).first_run_id == run.pk
        assert self._bring_through(second, pin(0)).unchanged_count == 1
        assert origins.count() == 2

    def test_boards_known_by_name_only_are_each_connections_own(
        self, in_scope: Organization
    ) -> None:
        bring(in_scope, pin(0, board="Kitchen"))
        second = Connection.objects.create(org=in_scope, source="pinterest", name="Second account")

        self._bring_through(second, pin(1, board="Kitchen"))

        assert Board.objects.filter(source_name="Kitchen").count() == 2

    def _bring_through(self, connection: Connection, *rows: Row) -> SyncRun:
        """Import ``rows`` as that connection's."""
        file = io.BytesIO(as_json(list(rows)))
        job = Job.objects.create(org=connection.org, kind="import", connection=connection)
        with stored(job.org_id, [("pins.json", file)], limit_bytes=10**6) as kept:
            keep_files(job, kept)
        return work(queue_run(job))
