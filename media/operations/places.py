"""Which assets people put on boards or take off, and in which order.

People's choices stand beside the source's word and never touch it: see ``BoardItem``.
"""

import uuid
from typing import Any

from django.db import transaction

from media.models import Board, Operation
from media.models.board import LAST_PLACE, PLACE_STEP
from media.models.operation import OperationKind, OperationTarget
from media.operations.log import INSERT_ITEMS, begin, finish, parameters
from media.operations.selection import Selection
from media.sql import fetch_row, run
from tenants.models import User

SHOWN = 80

CHOICE = "jsonb_build_object('choice', {0}.own_choice)"
PLACE = "jsonb_build_object('place', {0}.own_place)"

# New assets go to the end, in the order of their keys, so of their import.
_ADD = f"""
WITH picked AS MATERIALIZED (
  SELECT id FROM media_asset WHERE org_id = %(org)s AND id IN ({{selected}})
   ORDER BY id FOR UPDATE),
held AS MATERIALIZED (
  SELECT i.* FROM picked p JOIN media_boarditem i
      ON i.org_id = %(org)s AND i.asset_id = p.id AND i.board_id = %(onto)s
   WHERE NOT i.is_member),
revived AS (
  UPDATE media_boarditem i SET own_choice = 'added' FROM held
   WHERE i.org_id = %(org)s AND i.id = held.id
  RETURNING i.id, i.own_choice),
last AS (
  SELECT coalesce(max(place), 0) AS place FROM media_boarditem
   WHERE org_id = %(org)s AND board_id = %(onto)s AND is_member AND place < {LAST_PLACE}),
made AS (
  INSERT INTO media_boarditem
    (id, org_id, board_id, asset_id, in_source, own_choice, section, own_place)
  SELECT gen_random_uuid(), %(org)s, %(onto)s, p.id, false, 'added', '',
         (SELECT place FROM last) + {PLACE_STEP} * row_number() OVER (ORDER BY p.id)
    FROM picked p
  ON CONFLICT (org_id, asset_id, board_id) DO NOTHING
  RETURNING *)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, i.id, i.asset_id,
       jsonb_build_object('choice', ''), {CHOICE.format("i")}
  FROM made i
UNION ALL
SELECT gen_random_uuid(), %(org)s, %(operation)s, i.id, i.asset_id, {CHOICE.format("i")},
       {CHOICE.format("r")}
  FROM held i JOIN revived r ON r.id = i.id
"""  # noqa: S608  # of constants

_REMOVE = f"""
WITH picked AS MATERIALIZED (
  SELECT * FROM media_boarditem
   WHERE org_id = %(org)s AND board_id = %(onto)s AND asset_id IN ({{selected}}) AND is_member
   ORDER BY id FOR UPDATE),
changed AS (
  UPDATE media_boarditem i SET own_choice = 'removed' FROM picked p
   WHERE i.org_id = %(org)s AND i.id = p.id
  RETURNING i.id, i.own_choice)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, p.id, p.asset_id, {CHOICE.format("p")},
       {CHOICE.format("c")}
  FROM picked p JOIN changed c ON c.id = p.id
"""  # noqa: S608  # of constants

# They stay there; and who arranges the same board waits, as the whole of it may be laid out anew.
_ON_BOARD = """
WITH board AS MATERIALIZED (
  SELECT id FROM media_board WHERE org_id = %(org)s AND id = %(onto)s FOR NO KEY UPDATE)
SELECT count(*) FROM (
  SELECT i.id FROM board JOIN media_boarditem i ON i.org_id = %(org)s AND i.board_id = board.id
   WHERE i.asset_id = ANY(%(assets)s) AND i.is_member
   ORDER BY i.id FOR UPDATE OF i) held
"""

# Between its neighbours; where no room is left, the whole board is laid out anew.
_NEIGHBOURS = """
WITH here AS (
  SELECT place, asset_id FROM media_boarditem
   WHERE org_id = %(org)s AND board_id = %(onto)s AND asset_id = %(before)s AND is_member)
SELECT (SELECT place FROM here),
       (SELECT i.place FROM media_boarditem i, here
         WHERE i.org_id = %(org)s AND i.board_id = %(onto)s AND i.is_member
           AND i.asset_id <> %(asset)s AND (i.place, i.asset_id) < (here.place, here.asset_id)
         ORDER BY i.place DESC, i.asset_id DESC LIMIT 1),
       (SELECT max(place) FROM media_boarditem
         WHERE org_id = %(org)s AND board_id = %(onto)s AND is_member AND asset_id <> %(asset)s)
"""

# Of the operation as well: undoing it leaves the places that those before it know.
_SPREAD = f"""
WITH picked AS MATERIALIZED (
  SELECT * FROM media_boarditem
   WHERE org_id = %(org)s AND board_id = %(onto)s AND asset_id <> %(asset)s AND is_member
   ORDER BY id FOR UPDATE),
laid_out AS (
  SELECT id, {PLACE_STEP} * row_number() OVER (ORDER BY place, asset_id) AS place FROM picked),
changed AS (
  UPDATE media_boarditem i SET own_place = l.place FROM laid_out l
   WHERE i.org_id = %(org)s AND i.id = l.id AND i.own_place IS DISTINCT FROM l.place
  RETURNING i.id, i.own_place)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, p.id, p.asset_id, {PLACE.format("p")},
       {PLACE.format("c")}
  FROM picked p JOIN changed c ON c.id = p.id
"""  # noqa: S608  # of constants

_MOVE = f"""
WITH picked AS MATERIALIZED (
  SELECT * FROM media_boarditem
   WHERE org_id = %(org)s AND board_id = %(onto)s AND asset_id = %(asset)s AND is_member
   FOR UPDATE),
changed AS (
  UPDATE media_boarditem i SET own_place = %(place)s FROM picked p
   WHERE i.org_id = %(org)s AND i.id = p.id AND p.own_place IS DISTINCT FROM %(place)s
  RETURNING i.id, i.own_place)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, p.id, p.asset_id, {PLACE.format("p")},
       {PLACE.format("c")}
  FROM picked p JOIN changed c ON c.id = p.id
"""  # noqa: S608  # of constants


def change_places(operation: Operation, selection: Selection) -> None:
    """Put the selected assets behind what is on the board of ``operation``, or take them off."""
    is_addition = operation.kind == OperationKind.BOARD_ADD
    selected, params = selection.as_sql()
    # The filter may name a board of its own.
    params = {**params, **parameters(operation), "onto": uuid.UUID(operation.params["board"])}
    run((_ADD if is_addition else _REMOVE).replace("{selected}", selected), params)


@transaction.atomic
def move_on_board(
    board: Board, asset_id: uuid.UUID, *, before: uuid.UUID | None, by: User | None
) -> Operation:
    """Put an asset of ``board`` before another one of it, or at the end for None.

    Where one of the two is not on the board, or both are the same, nothing changes.
    """
    operation = begin(
        OperationKind.BOARD_REORDER,
        OperationTarget.PLACES,
        by=by,
        params={"board": str(board.pk), "before": str(before) if before else None},
    )
    params = {**parameters(operation), "onto": board.pk, "asset": asset_id, "before": before}
    changed = _move(params) if before != asset_id and _are_on_board(params) else 0
    return finish(operation, changed=changed, summary=f"Arranged “{board.name[:SHOWN]}”")


def _are_on_board(params: dict[str, Any]) -> bool:
    named = [asset for asset in (params["asset"], params["before"]) if asset is not None]
    (found,) = fetch_row(_ON_BOARD, {**params, "assets": named})
    return bool(found == len(named))


def _move(params: dict[str, Any]) -> int:
    place = _free_place(params)
    if place is None:
        run(_SPREAD, params)
        place = _free_place(params)
    return run(_MOVE, {**params, "place": place})


def _free_place(params: dict[str, Any]) -> int | None:
    """Return a place before the asset ``before``, or None where there is no room."""
    here, ahead, last = fetch_row(_NEIGHBOURS, params)
    if params["before"] is None:
        return (last or 0) + PLACE_STEP if (last or 0) < LAST_PLACE else None
    ahead = here - 2 * PLACE_STEP if ahead is None else ahead
    return (ahead + here) // 2 if here - ahead > 1 else None
