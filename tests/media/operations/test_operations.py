"""What people change, and what taking it back leaves alone."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from media.library import LibraryFilter, page_of, suggest
from media.models import Asset, AssetTag, Board, BoardItem, Operation, OperationItem, Tag
from media.operations import (
    Selection,
    add_tags,
    add_to_board,
    create_board,
    edit_asset,
    history_of,
    move_on_board,
    remove_board,
    remove_from_board,
    remove_tags,
    rename_board,
    restore_assets,
    trash_assets,
    undo,
)
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.media.making import attach_tag, make_asset, make_board


def only(*assets: Asset) -> Selection:
    return Selection.of_ids(asset.pk for asset in assets)


def tags_of(asset: Asset) -> list[tuple[str, str, bool]]:
    rows = AssetTag.objects.filter(asset=asset).order_by("tag__name", "origin")
    return list(rows.values_list("tag__name", "origin", "is_rejected"))


def on(board: Board) -> list[str]:
    page = page_of(LibraryFilter(board=str(board.pk)))
    return [card.title for card in page.items]


@pytest.mark.usefixtures("in_scope")
class TestText:
    def test_ones_own_words_win_and_the_sources_stay(
        self, org: Organization, owner_user: User
    ) -> None:
        asset = make_asset(org, "Chair", source_text="From the shop")

        operation = edit_asset(asset, title="  Paimio ", text="By the window\0", by=owner_user)

        assert (asset.title, asset.own_text) == ("Paimio", "By the window")
        assert (asset.source_title, asset.source_text) == ("Chair", "From the shop")
        assert operation.summary == "Edited “Paimio”"
        assert [card.id for card in page_of(LibraryFilter(q="paimio chair")).items] == [asset.pk]

    def test_the_sources_own_title_is_no_title_of_ones_own(
        self, org: Organization, owner_user: User
    ) -> None:
        asset = make_asset(org, "Chair")

        operation = edit_asset(asset, title="Chair", by=owner_user)

        assert (operation.changed_count, operation.summary) == (0, "Nothing to change")
        assert Operation.objects.count() == 0

    def test_undo_leaves_what_was_changed_later(self, org: Organization, owner_user: User) -> None:
        asset = make_asset(org, "Chair")
        first = edit_asset(asset, title="One", by=owner_user)
        edit_asset(asset, text="A text", by=owner_user)
        edit_asset(asset, title="Two", by=owner_user)

        undone = undo(first, owner_user)

        asset.refresh_from_db()
        assert (asset.own_title, asset.own_text) == ("Two", "A text")
        assert (undone.changed_count, undone.kept_count) == (0, 1)
        assert undone.summary == "Nothing to change"

    def test_an_undo_that_finds_nothing_to_undo_is_not_noted(
        self, org: Organization, owner_user: User
    ) -> None:
        asset = make_asset(org, "Chair")
        first = edit_asset(asset, title="One", by=owner_user)
        second = edit_asset(asset, title="Two", by=owner_user)

        undo(first, owner_user)

        assert list(Operation.objects.newest_first()) == [second, first]
        assert Operation.objects.filter(undone_at=None).count() == 2
        # With what stood in its way taken back, it can be undone.
        undo(second, owner_user)
        assert undo(first, owner_user).changed_count == 1
        asset.refresh_from_db()
        assert asset.title == "Chair"


@pytest.mark.usefixtures("in_scope")
class TestTags:
    def test_spellings_of_a_word_are_one_tag(self, org: Organization, owner_user: User) -> None:
        asset = make_asset(org, tags=("Mid-Century",))

        operation = add_tags(only(asset), ["mid century", "#Oak", " ", "OAK"], owner_user)

        assert tags_of(asset) == [("Mid-Century", "source", False), ("Oak", "human", False)]
        assert operation.changed_count == 1
        assert Tag.objects.count() == 2

    def test_a_tag_of_the_source_is_taken_off_and_not_deleted(
        self, org: Organization, owner_user: User
    ) -> None:
        asset = make_asset(org, tags=("oak",))
        attach_tag(asset, "oak", origin="human")

        operation = remove_tags(only(asset), ["oak"], owner_user)

        assert tags_of(asset) == [("oak", "human", True), ("oak", "source", True)]
        assert page_of(LibraryFilter(q="oak")).items == []
        undo(operation, owner_user)
        assert tags_of(asset) == [("oak", "human", False), ("oak", "source", False)]
        assert len(page_of(LibraryFilter(q="oak")).items) == 1

    def test_undo_does_not_take_off_what_somebody_else_put_on(
        self, org: Organization, owner_user: User
    ) -> None:
        one, two = make_asset(org), make_asset(org, tags=("oak",))
        operation = add_tags(only(one, two), ["oak"], owner_user)

        undo(operation, owner_user)

        assert (tags_of(one), tags_of(two)) == ([], [("oak", "source", False)])

    def test_undo_and_redo_alternate(self, org: Organization, owner_user: User) -> None:
        asset = make_asset(org)
        done = add_tags(only(asset), ["oak"], owner_user)

        undone = undo(done, owner_user)
        redone = undo(undone, owner_user)
        undone_again = undo(redone, owner_user)

        assert [each.summary for each in (undone, redone, undone_again)] == [
            "Undid: Added #oak to 1 asset",
            "Did again: Added #oak to 1 asset",
            "Undid: Added #oak to 1 asset",
        ]
        assert tags_of(asset) == []

    def test_undoing_twice_does_nothing(self, org: Organization, owner_user: User) -> None:
        asset = make_asset(org)
        done = add_tags(only(asset), ["oak"], owner_user)

        first = undo(done, owner_user)
        add_tags(only(asset), ["oak"], owner_user)
        second = undo(done, owner_user)

        assert first == second
        assert tags_of(asset) == [("oak", "human", False)]

    def test_what_was_purged_meanwhile_is_left_out(
        self, org: Organization, owner_user: User
    ) -> None:
        one, two = make_asset(org, tags=("oak",)), make_asset(org, tags=("oak",))
        done = remove_tags(only(one, two), ["oak"], owner_user)
        Asset.objects.filter(pk=one.pk).delete()

        undone = undo(done, owner_user)

        assert (undone.changed_count, undone.kept_count) == (1, 1)
        assert tags_of(two) == [("oak", "source", False)]


@pytest.mark.usefixtures("in_scope")
class TestBoards:
    def test_the_sources_word_is_never_touched(self, org: Organization, owner_user: User) -> None:
        board = make_board(org, "Kitchen")
        mirrored, added = make_asset(org, "mirrored", boards=(board,)), make_asset(org, "added")

        add_to_board(only(mirrored, added), board, owner_user)
        taken = remove_from_board(only(mirrored), board, owner_user)

        assert on(board) == ["added"]
        assert list(
            BoardItem.objects.order_by("in_source").values_list("in_source", "own_choice")
        ) == [(False, "added"), (True, "removed")]
        undo(taken, owner_user)
        assert sorted(on(board)) == ["added", "mirrored"]

    def test_assets_are_arranged_one_before_another(
        self, org: Organization, owner_user: User
    ) -> None:
        board, _ = create_board("Best of", owner_user)
        one, two, three = (make_asset(org, name) for name in "abc")
        add_to_board(only(one, two, three), board, owner_user)

        move_on_board(board, three.pk, before=one.pk, by=owner_user)
        last = move_on_board(board, three.pk, before=None, by=owner_user)
        undo(last, owner_user)

        assert on(board) == ["c", "a", "b"]

    def test_there_is_always_room_for_one_more(self, org: Organization, owner_user: User) -> None:
        board = make_board(org, "Kitchen")
        assets = [make_asset(org, f"{number:02}", boards=(board,)) for number in range(3)]

        # Each move halves the room before the same neighbour.
        for turn in range(40):
            move_on_board(board, assets[turn % 2].pk, before=assets[2].pk, by=owner_user)

        assert on(board) == ["00", "01", "02"]

    def test_an_arrangement_is_taken_back_though_the_board_was_laid_out_anew(
        self, org: Organization, owner_user: User
    ) -> None:
        board = make_board(org, "Kitchen")
        assets = [make_asset(org, f"{number:02}", boards=(board,)) for number in range(4)]
        moves = [(2, 0), *((3 - turn % 2, 1) for turn in range(40))]
        done = [
            move_on_board(board, assets[one].pk, before=assets[other].pk, by=owner_user)
            for one, other in moves
        ]

        kept = [undo(operation, owner_user).kept_count for operation in reversed(done)]

        assert sum(kept) == 0
        assert on(board) == ["00", "01", "02", "03"]
        assert not BoardItem.objects.filter(own_place__isnull=False).exists()

    def test_what_cannot_be_arranged_moves_nothing_else(
        self, org: Organization, owner_user: User
    ) -> None:
        board, other = make_board(org, "Kitchen"), make_board(org, "Garden")
        one, _ = (make_asset(org, name, boards=(board,)) for name in "ab")
        stranger = make_asset(org, "c", boards=(other,))

        for moved, before in ((one, one), (one, stranger), (stranger, one), (stranger, None)):
            key = before.pk if before else None
            assert move_on_board(board, moved.pk, before=key, by=owner_user).changed_count == 0

        assert on(board) == ["a", "b"]
        assert not BoardItem.objects.filter(own_place__isnull=False).exists()

    def test_a_removed_board_takes_its_name_along(
        self, org: Organization, owner_user: User
    ) -> None:
        board = make_board(org, "Kitchen")
        make_asset(org, "Chair", boards=(board,))

        removed = remove_board(board, owner_user)

        assert page_of(LibraryFilter(q="kitchen")).items == []
        assert page_of(LibraryFilter(board=str(board.pk))).items == []
        undo(removed, owner_user)
        assert len(page_of(LibraryFilter(q="kitchen")).items) == 1

    def test_a_new_name_is_found_and_the_sources_kept(
        self, org: Organization, owner_user: User
    ) -> None:
        board = make_board(org, "Kitchen")
        make_asset(org, "Chair", boards=(board,))

        operation = rename_board(board, "  Küche ", owner_user)

        assert (board.name, board.source_name) == ("Küche", "Kitchen")
        assert operation.summary == "Renamed the board “Kitchen” to “Küche”"
        assert len(page_of(LibraryFilter(q="kuche")).items) == 1


@pytest.mark.usefixtures("in_scope")
class TestNames:
    def test_hide_nothing(self, org: Organization, owner_user: User) -> None:
        asset = make_asset(org, "Chair")

        board, _ = create_board("Kit\u202echen\u200b", owner_user)
        add_tags(only(asset), ["o\u2066ak", "oak\ufeff", "\u202e"], owner_user)
        edit_asset(asset, title="A\u202etitle", text="one\r\ntw\u200bo", by=owner_user)

        assert board.name == "Kitchen"
        assert [tag.name for tag in Tag.objects.all()] == ["oak"]
        assert (asset.title, asset.own_text) == ("Atitle", "one\ntwo")


@pytest.mark.usefixtures("in_scope")
class TestTrash:
    def test_all_that_match_are_removed_and_come_back(
        self, org: Organization, owner_user: User
    ) -> None:
        board = make_board(org, "Kitchen")
        for number in range(3):
            make_asset(org, f"oak {number}", boards=(board,))
        make_asset(org, "pine")

        operation = trash_assets(Selection.matching(LibraryFilter(q="oak")), owner_user)

        assert operation.summary == "Removed 3 assets"
        assert [card.title for card in page_of(LibraryFilter()).items] == ["pine"]
        undo(operation, owner_user)
        assert len(on(board)) == 3

    def test_restoring_keeps_what_was_removed_again(
        self, org: Organization, owner_user: User
    ) -> None:
        asset = make_asset(org)
        first = trash_assets(only(asset), owner_user)
        restore_assets(org, [asset.pk], by=owner_user)
        trash_assets(only(asset), owner_user)

        assert undo(first, owner_user).kept_count == 1

    def test_a_change_of_many_takes_as_many_statements_as_of_one(
        self, org: Organization, owner_user: User
    ) -> None:
        def count(query: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                trash_assets(Selection.matching(LibraryFilter(q=query)), owner_user)
            return len(captured)

        make_asset(org, "one")
        for _ in range(5):
            make_asset(org, "many")

        assert count("one") == count("many")


def test_selected_keys_of_another_organization_count_for_nothing(
    in_scope: Organization, other_org: Organization, owner_user: User
) -> None:
    theirs = make_asset(other_org, "Theirs")
    selection = Selection.of_ids([theirs.pk, uuid.uuid4()])
    board, _ = create_board("Ours", owner_user)

    for operation in (
        trash_assets(selection, owner_user),
        add_tags(selection, ["oak"], owner_user),
        add_to_board(selection, board, owner_user),
    ):
        assert operation.changed_count == 0
    with org_scope(other_org.pk):
        assert Asset.objects.get().removed_at is None
        assert OperationItem.objects.count() == 0


def test_an_asset_knows_its_history(in_scope: Organization, owner_user: User) -> None:
    asset, other = make_asset(in_scope), make_asset(in_scope)
    add_tags(only(asset, other), ["oak"], owner_user)
    edit_asset(other, title="Other", by=owner_user)
    trash_assets(only(asset), owner_user)

    assert [operation.kind for operation in history_of(asset)] == ["trash", "tag_add"]


def test_letters_suggest_boards_tags_and_domains(
    in_scope: Organization, other_org: Organization
) -> None:
    make_board(in_scope, "Oak things")
    make_board(other_org, "Oak secrets")
    make_asset(in_scope, tags=("Oak-wood", "pine"), domain="oak.example")

    assert [(found.kind, found.name) for found in suggest("OAK")] == [
        ("board", "Oak things"),
        ("tag", "Oak-wood"),
        ("domain", "oak.example"),
    ]
    assert suggest("\0 ") == []
