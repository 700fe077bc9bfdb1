"""Boards that an operation makes in order to put assets on them: they come and go with it."""

import uuid

from media.models import Operation
from media.operations.log import parameters
from media.sql import run

# What the operation that makes a board, and those that undo it, keep its key under.
MADE_BOARD = "made_board"

_LEAVE = """
UPDATE media_board b SET removed_at = %(now)s
 WHERE b.org_id = %(org)s AND b.id = %(board)s AND b.removed_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM media_boarditem i
                    WHERE i.org_id = %(org)s AND i.board_id = b.id AND i.is_member)
"""

# Only where an undo removed it: not where somebody did since.
_RETURN = """
UPDATE media_board b SET removed_at = NULL
  FROM media_operation o
 WHERE b.org_id = %(org)s AND b.id = %(board)s AND o.org_id = %(org)s AND o.id = %(undone)s
   AND b.removed_at = o.created_at
"""


def bring_made_board_back(inverse: Operation) -> None:
    """Before assets are put on it again: bring back the board that an undo removed."""
    if board := _made_by(inverse):
        run(_RETURN, {**parameters(inverse), "board": board, "undone": inverse.undoes_id})


def remove_made_board(operation: Operation) -> None:
    """Remove the board that was made for the assets of ``operation`` once none is on it."""
    if board := _made_by(operation):
        run(_LEAVE, {**parameters(operation), "board": board})


def _made_by(operation: Operation) -> uuid.UUID | None:
    key = operation.params.get(MADE_BOARD)
    return uuid.UUID(key) if key else None
