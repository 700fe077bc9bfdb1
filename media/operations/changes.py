"""What people do with many assets at once, and taking it back."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from media.models import Board, Operation
from media.models.operation import OperationKind, OperationTarget
from media.operations.batches import carry_out
from media.operations.boards import make_board
from media.operations.log import begin
from media.operations.made_boards import MADE_BOARD
from media.operations.selection import Selection
from media.operations.tags import clean_tags, ensure_tags, known_tags
from media.operations.undo import params_of
from tenants.errors import NotReadyError
from tenants.models import Organization, User


@transaction.atomic
def add_tags(selection: Selection, names: Sequence[str], by: User | None) -> Operation:
    """Put tags on the selected assets; names that the vocabulary lacks are added to it."""
    params = {"tags": [tag.name for tag in ensure_tags(clean_tags(names))]}
    operation = begin(OperationKind.TAG_ADD, OperationTarget.TAGS, by=by, params=params)
    return carry_out(operation, selection)


@transaction.atomic
def remove_tags(selection: Selection, names: Sequence[str], by: User | None) -> Operation:
    """Take tags off the selected assets, whoever put them on."""
    params = {"tags": [tag.name for tag in known_tags(clean_tags(names))]}
    operation = begin(OperationKind.TAG_REMOVE, OperationTarget.TAGS, by=by, params=params)
    return carry_out(operation, selection)


@transaction.atomic
def add_to_board(selection: Selection, board: Board, by: User | None) -> Operation:
    """Put the selected assets on ``board``, behind what is there."""
    params = {"board": str(board.pk)}
    operation = begin(OperationKind.BOARD_ADD, OperationTarget.PLACES, by=by, params=params)
    return carry_out(operation, selection)


@transaction.atomic
def add_to_new_board(selection: Selection, name: str, by: User | None) -> tuple[Board, Operation]:
    """Make a board and put the selected assets on it, as one operation with one undo.

    The undo removes the board, too, unless somebody has put more on it. Where there is nothing
    to put on it, the board is not made to stay.
    """
    board = make_board(name)
    params = {"board": str(board.pk), MADE_BOARD: str(board.pk)}
    operation = begin(OperationKind.BOARD_ADD, OperationTarget.PLACES, by=by, params=params)
    carry_out(operation, selection)
    if not (operation.changed_count or operation.is_going_on):
        Board.objects.filter(pk=board.pk).delete()
    return board, operation


@transaction.atomic
def remove_from_board(selection: Selection, board: Board, by: User | None) -> Operation:
    """Take the selected assets off ``board``; they stay in the library."""
    params = {"board": str(board.pk)}
    operation = begin(OperationKind.BOARD_REMOVE, OperationTarget.PLACES, by=by, params=params)
    return carry_out(operation, selection)


@transaction.atomic
def trash_assets(selection: Selection, by: User | None) -> Operation:
    """Move the selected assets to the trash, from where they are purged after ``TRASH_DAYS``."""
    operation = begin(OperationKind.TRASH, OperationTarget.TRASH, by=by, params={})
    return carry_out(operation, selection)


@transaction.atomic
def restore_selection(selection: Selection, by: User | None) -> Operation:
    """Bring the selected assets back from the trash, with their boards and tags."""
    operation = begin(OperationKind.RESTORE, OperationTarget.TRASH, by=by, params={})
    return carry_out(operation, selection)


def restore_assets(org: Organization, asset_ids: Sequence[uuid.UUID], *, by: User | None) -> int:
    """Bring assets of ``org``, which is in scope, back from the trash.

    Returns how many came back, or will where they are very many.
    """
    operation = restore_selection(Selection.of_ids(asset_ids), by)
    return operation.total_count or operation.changed_count


@transaction.atomic
def undo(operation: Operation, by: User | None) -> Operation:
    """Take ``operation`` back and return the operation that did so.

    The second time nothing changes: the undo of the first time is returned. Undoing an undo
    does the thing again. Where all of it was changed again since, nothing is undone and nothing
    is noted, so that it can be undone once that is back.

    Raises:
        NotReadyError: it is still going on.
    """
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    if operation.undone_at is not None:
        return operation.undos.newest_first()[0]
    if operation.is_going_on:
        message = "This is still going on. Cancel it first, then undo what was done."
        raise NotReadyError(message, operation=str(operation.pk))
    target = OperationTarget(operation.target)
    inverse = begin(OperationKind.UNDO, target, by=by, params=params_of(operation))
    inverse.undoes = operation
    carry_out(inverse, Selection.changed_by(operation.pk))
    if inverse.changed_count or inverse.is_going_on:
        Operation.objects.filter(pk=operation.pk).update(
            undone_at=inverse.created_at, undone_by=inverse.actor
        )
    return inverse
