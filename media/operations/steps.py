"""How each change of many assets is made and told, whoever works it."""

import uuid
from typing import Any

from media.models import Board, Operation
from media.models.operation import OperationKind, OperationTarget
from media.operations import undo
from media.operations.log import counted, parameters
from media.operations.made_boards import MADE_BOARD
from media.operations.places import SHOWN, change_places
from media.operations.selection import Selection
from media.operations.tags import change_tags
from media.operations.trash import change_presence
from media.operations.words import follow_board
from media.search.index import reindex
from media.sql import Row, fetch_rows

_STEPS = {
    OperationTarget.TAGS: change_tags,
    OperationTarget.PLACES: change_places,
    OperationTarget.TRASH: change_presence,
}
# Targets whose values are among the words of an asset.
_SEARCHED = frozenset({OperationTarget.TEXT, OperationTarget.TAGS, OperationTarget.PLACES})

# Done, and while it goes on.
_SENTENCES = {
    OperationKind.TAG_ADD: ("Added {tags} to {assets}", "Adding {tags} to {assets}"),
    OperationKind.TAG_REMOVE: ("Took {tags} off {assets}", "Taking {tags} off {assets}"),
    OperationKind.BOARD_ADD: ("Added {assets} to {board}", "Adding {assets} to {board}"),
    OperationKind.BOARD_REMOVE: ("Took {assets} off {board}", "Taking {assets} off {board}"),
    OperationKind.TRASH: ("Removed {assets}", "Removing {assets}"),
    OperationKind.RESTORE: ("Restored {assets}", "Restoring {assets}"),
}

_TOUCHED = """
SELECT DISTINCT asset_id FROM media_operationitem
 WHERE org_id = %(org)s AND operation_id = %(operation)s AND asset_id IS NOT NULL
"""


def apply(operation: Operation, selection: Selection) -> int:
    """Make the change of ``operation`` for the selected assets; return how many it changed.

    Call it once for all of them, or for one part after the other; an undo is given everything
    that its operation changed, or keys.
    """
    if operation.kind == OperationKind.UNDO:
        restored = undo.take_back(operation, selection.ids)
        if operation.target == OperationTarget.BOARDS:
            for board_id in _boards_of(operation) if restored else ():
                follow_board(operation, board_id)
            return restored
    else:
        _STEPS[OperationTarget(operation.target)](operation, selection)
    touched = [asset_id for (asset_id,) in _touched(operation, selection)]
    if operation.target in _SEARCHED:
        reindex(touched)
    return len(touched)


def done_sentence(operation: Operation) -> str:
    """Return such as “Added #oak to 3 assets”."""
    if operation.kind == OperationKind.UNDO:
        return undo.done_sentence(operation)
    return _tell(operation, 0, operation.changed_count)


def going_on_sentence(operation: Operation) -> str:
    """Return such as “Adding #oak to 100,000 assets”."""
    if operation.kind == OperationKind.UNDO:
        return undo.going_on_sentence(operation)
    return _tell(operation, 1, operation.total_count)


def _tell(operation: Operation, form: int, count: int) -> str:
    params = operation.params
    return _SENTENCES[OperationKind(operation.kind)][form].format(
        tags=", ".join(f"#{name}" for name in params.get("tags", ())),
        board=_board_of(params),
        assets=counted(count),
    )


def _board_of(params: dict[str, Any]) -> str:
    """Return such as “the new board “Kitchen””; "" where there is none."""
    board = Board.objects.filter(pk=params["board"]).first() if "board" in params else None
    name = f"“{board.name[:SHOWN]}”" if board else ""
    return f"the new board {name}" if MADE_BOARD in params else name


def _boards_of(inverse: Operation) -> list[uuid.UUID]:
    if inverse.undoes is None:
        return []
    return list(inverse.undoes.items.values_list("object_id", flat=True))


def _touched(operation: Operation, selection: Selection) -> list[Row]:
    """Return the assets that the change really changed, among the selected ones."""
    if not selection.ids:
        return fetch_rows(_TOUCHED, parameters(operation))
    among = {**parameters(operation), "among": list(selection.ids)}
    return fetch_rows(f"{_TOUCHED} AND asset_id = ANY(%(among)s)", among)
