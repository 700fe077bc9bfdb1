"""Whatever people do, undoing all of it leads back to where they began."""

from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.library import LibraryFilter
from media.models import Asset, AssetTag, Board, BoardItem, Operation, SearchDocument
from media.operations import (
    Selection,
    add_tags,
    add_to_board,
    create_board,
    edit_asset,
    move_on_board,
    remove_board,
    remove_from_board,
    remove_tags,
    rename_board,
    restore_selection,
    trash_assets,
    undo,
)
from tenants.models import Organization, User
from tests.media.making import make_asset, make_board

KINDS = (
    *("title", "tag", "untag", "add", "take", "move", "trash", "restore"),
    *("board", "name", "drop", "undo", "redo"),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=8,
)


def state() -> dict[str, object]:
    """Return all that people can see and change."""
    return {
        "assets": sorted(
            Asset.objects.values_list("id", "title", "own_title", "own_text", "removed_at")
        ),
        "tags": sorted(
            AssetTag.objects.values_list("asset_id", "tag__name", "origin", "is_rejected")
        ),
        "boards": sorted(Board.objects.present().values_list("id", "name")),
        "places": sorted(
            BoardItem.objects.filter(is_member=True).values_list(
                "board_id", "asset_id", "in_source"
            )
        ),
        "words": sorted(
            SearchDocument.objects.values_list("asset_id", "document", "board_ids", "tag_ids")
        ),
    }


@pytest.fixture
def library(in_scope: Organization, owner_user: User) -> Organization:
    """Four assets, two mirrored boards, a tag of the source."""
    boards = [make_board(in_scope, "Kitchen"), make_board(in_scope, "Garden")]
    for number in range(4):
        make_asset(in_scope, f"Asset {number}", boards=(boards[number % 2],), tags=("oak",))
    return in_scope


Step = tuple[str, int, int]


def take_step(step: str, one: int, other: int, *, by: User) -> Operation:
    assets = list(Asset.objects.order_by("source_ref"))
    boards = list(Board.objects.order_by("created_at", "pk"))
    some = Selection.of_ids(asset.pk for asset in assets[one : one + 2])
    board = boards[other % len(boards)]
    names = ["oak", "pine", "teak"][: 1 + other % 3]
    if step == "title":
        return edit_asset(assets[one], title=f"Mine {other}" if other else "", by=by)
    if step == "move":
        return move_on_board(board, assets[one].pk, before=assets[other].pk, by=by)
    changes: dict[str, Callable[[], Operation]] = {
        "tag": lambda: add_tags(some, names, by),
        "untag": lambda: remove_tags(some, names, by),
        "add": lambda: add_to_board(some, board, by),
        "take": lambda: remove_from_board(
            Selection.matching(LibraryFilter(board=str(board.pk))), board, by
        ),
        "trash": lambda: trash_assets(some, by),
        "restore": lambda: restore_selection(some, by),
        "board": lambda: create_board(f"Board {other}", by)[1],
        "name": lambda: rename_board(board, f"Name {one}", by),
        "drop": lambda: remove_board(board, by),
    }
    return changes[step]()


@given(steps=STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_undoing_everything_restores_the_first_state(
    library: Organization, owner_user: User, steps: list[Step]
) -> None:
    before = state()
    standing: list[Operation] = []
    undone: list[Operation] = []

    with transaction.atomic():
        for step in steps:
            if step[0] == "undo" and standing:
                undone.append(undo(standing.pop(), owner_user))
            elif step[0] == "redo" and undone:
                standing.append(undo(undone.pop(), owner_user))
            elif step[0] not in ("undo", "redo"):
                undone.clear()
                operation = take_step(*step, by=owner_user)
                if operation.changed_count:
                    standing.append(operation)
        for operation in reversed(standing):
            assert undo(operation, owner_user).kept_count == 0
        after = state()
        transaction.set_rollback(True)

    assert after == before
