"""Boards themselves: made, renamed, removed."""

from django.db import transaction

from media.models import Board, Operation
from media.models.operation import OperationKind, OperationTarget
from media.operations.log import (
    INSERT_ITEMS,
    begin,
    finish,
    parameters,
)
from media.operations.words import follow_board
from media.sql import run
from tenants.models import User
from tenants.naming import clean_name
from tenants.scope import current_org_id

MAX_NAME = 255
SHOWN = 80

_BOARD = f"""
WITH picked AS MATERIALIZED (
  SELECT * FROM media_board WHERE org_id = %(org)s AND id = %(board)s FOR UPDATE),
changed AS (
  UPDATE media_board b
     SET own_name = coalesce(%(name)s, b.own_name),
         removed_at = coalesce(%(removed_at)s, b.removed_at)
    FROM picked p
   WHERE b.org_id = %(org)s AND b.id = p.id
     AND (p.own_name IS DISTINCT FROM coalesce(%(name)s, p.own_name)
          OR p.removed_at IS DISTINCT FROM coalesce(%(removed_at)s, p.removed_at))
  RETURNING b.id, b.own_name, b.removed_at)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, c.id, NULL,
       {{before}}, {{after}}
  FROM picked p JOIN changed c ON c.id = p.id
"""  # noqa: S608  # of constants


def board_to_be(name: str) -> Board | None:
    """Return the board that has this name already, or None where it may be made.

    Until the transaction ends nobody else makes one of the name: of two who press at once, the
    second finds the board of the first.
    """
    folded = name.lower()
    key = {"key": f"board:{current_org_id()}:{folded}"}
    run("SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))", key)
    return Board.objects.present().filter(folded_name=folded).by_name().first()


def make_board(name: str) -> Board:
    """Make an empty board, as part of an operation."""
    return Board.objects.create(org_id=current_org_id(), own_name=clean_name(name)[:MAX_NAME])


@transaction.atomic
def create_board(name: str, by: User | None) -> tuple[Board, Operation]:
    """Make an empty board and return it with its operation."""
    board = make_board(name)
    operation = _begin(OperationKind.BOARD_CREATE, board, by=by)
    # Undone, a board is what a removed one is.
    run(
        f"{INSERT_ITEMS} SELECT gen_random_uuid(), %(org)s, %(operation)s, %(board)s, NULL,"
        " jsonb_build_object('removed_at', %(now)s::timestamptz),"
        " jsonb_build_object('removed_at', NULL)",
        {**parameters(operation), "board": board.pk},
    )
    summary = f"Made the board “{board.own_name[:SHOWN]}”"
    return board, finish(operation, changed=1, summary=summary)


@transaction.atomic
def rename_board(board: Board, name: str, by: User | None) -> Operation:
    """Give ``board`` a name of one's own; the source's name goes on beside it."""
    old = board.name
    wanted = clean_name(name)[:MAX_NAME]
    operation = _begin(OperationKind.BOARD_RENAME, board, by=by)
    changed = _change_board(
        operation, board, field="name", column="own_name", name=wanted, removed_at=None
    )
    summary = f"Renamed the board “{old[:SHOWN]}” to “{wanted[:SHOWN]}”"
    return _finish_board(operation, board, changed=changed, summary=summary)


@transaction.atomic
def remove_board(board: Board, by: User | None) -> Operation:
    """Remove ``board``; its assets stay in the library, and no import brings it back."""
    operation = _begin(OperationKind.BOARD_DELETE, board, by=by)
    if board.removed_at is not None:
        return finish(operation, changed=0, summary="")
    changed = _change_board(
        operation,
        board,
        field="removed_at",
        column="removed_at",
        name=None,
        removed_at=operation.created_at,
    )
    summary = f"Removed the board “{board.name[:SHOWN]}”"
    return _finish_board(operation, board, changed=changed, summary=summary)


def _begin(kind: OperationKind, board: Board, *, by: User | None) -> Operation:
    return begin(kind, OperationTarget.BOARDS, by=by, params={"board": str(board.pk)})


def _change_board(
    operation: Operation, board: Board, *, field: str, column: str, **values: object
) -> int:
    statement = _BOARD.replace("{before}", f"jsonb_build_object('{field}', p.{column})").replace(
        "{after}", f"jsonb_build_object('{field}', c.{column})"
    )
    return run(statement, {**parameters(operation), "board": board.pk, **values})


def _finish_board(operation: Operation, board: Board, *, changed: int, summary: str) -> Operation:
    finish(operation, changed=changed, summary=summary)
    if changed:
        follow_board(operation, board.pk)
        board.refresh_from_db()
    return operation
