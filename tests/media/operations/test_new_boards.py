"""Putting assets on a board that is new is one change, with one undo."""

import pytest

from media.models import Asset, Board, Operation
from media.operations import Selection, add_to_board, add_to_new_board, remove_board, undo
from tenants.models import Organization, User
from tests.media.making import make_asset

pytestmark = pytest.mark.usefixtures("in_scope")


@pytest.fixture
def chairs(in_scope: Organization) -> list[Asset]:
    return [make_asset(in_scope, f"Chair {number}") for number in range(2)]


def select(assets: list[Asset]) -> Selection:
    return Selection.of_ids([asset.pk for asset in assets])


def test_is_one_operation(chairs: list[Asset], owner_user: User) -> None:
    board, operation = add_to_new_board(select(chairs), "Doors", owner_user)

    assert list(Operation.objects.all()) == [operation]
    assert operation.summary == "Added 2 assets to the new board “Doors”"
    assert board.items.filter(is_member=True).count() == 2


def test_one_undo_takes_assets_and_board_back(chairs: list[Asset], owner_user: User) -> None:
    board, operation = add_to_new_board(select(chairs), "Doors", owner_user)

    undone = undo(operation, owner_user)

    assert (undone.changed_count, undone.kept_count) == (2, 0)
    assert not board.items.filter(is_member=True).exists()
    assert not Board.objects.present().exists()


def test_undone_and_done_again_it_is_there_again(chairs: list[Asset], owner_user: User) -> None:
    board, operation = add_to_new_board(select(chairs), "Doors", owner_user)
    undone = undo(operation, owner_user)

    redone = undo(undone, owner_user)

    assert list(Board.objects.present()) == [board]
    assert board.items.filter(is_member=True).count() == 2
    undo(redone, owner_user)
    assert not Board.objects.present().exists()


def test_a_board_with_more_on_it_stays(
    in_scope: Organization, chairs: list[Asset], owner_user: User
) -> None:
    board, operation = add_to_new_board(select(chairs), "Doors", owner_user)
    other = make_asset(in_scope, "Table")
    add_to_board(select([other]), board, owner_user)

    undo(operation, owner_user)

    assert list(Board.objects.present()) == [board]
    assert [item.asset_id for item in board.items.filter(is_member=True)] == [other.pk]


def test_doing_it_again_leaves_a_board_away_that_somebody_removed(
    in_scope: Organization, chairs: list[Asset], owner_user: User
) -> None:
    board, operation = add_to_new_board(select(chairs), "Doors", owner_user)
    add_to_board(select([make_asset(in_scope, "Table")]), board, owner_user)
    undone = undo(operation, owner_user)
    remove_board(board, owner_user)

    undo(undone, owner_user)

    assert not Board.objects.present().exists()


def test_with_nothing_to_put_on_it_no_board_is_made(owner_user: User) -> None:
    _, operation = add_to_new_board(Selection.of_ids([Asset().pk]), "Doors", owner_user)

    assert operation.changed_count == 0
    assert not Board.objects.exists()
    assert not Operation.objects.exists()
