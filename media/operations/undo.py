"""Taking an operation back: exactly what it changed, where nobody changed it since.

An item of an operation holds a row as it was before and after. Undoing writes ``before`` over
every row that is still as it was after, and notes that as an operation of its own, whose
inverse does it again. A row that somebody changed later is kept and counted.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from media.models import Operation
from media.models.operation import OperationKind, OperationTarget
from media.operations.log import INSERT_ITEMS, parameters
from media.operations.made_boards import MADE_BOARD, bring_made_board_back, remove_made_board
from media.operations.tags import IMAGE
from media.sql import fetch_row, run

_ITEMS = """
WITH item AS MATERIALIZED (
  SELECT object_id, asset_id, before, after FROM media_operationitem
   WHERE org_id = %(org)s AND operation_id = %(undone)s {among}),
"""

_COUNT = """
SELECT count(*) FROM media_operationitem
 WHERE org_id = %(org)s AND operation_id = %(undone)s {among}
"""

_NOTE = f"""
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, item.object_id, item.asset_id, item.after,
       item.before
  FROM item JOIN done ON done.id = item.object_id
"""  # noqa: S608  # of constants

_TEXT = """
done AS (
  UPDATE media_asset a
     SET own_title = coalesce(item.before ->> 'title', a.own_title),
         own_text = coalesce(item.before ->> 'text', a.own_text), updated_at = %(now)s
    FROM item
   WHERE a.org_id = %(org)s AND a.id = item.object_id
     AND jsonb_build_object('title', a.own_title, 'text', a.own_text) @> item.after
  RETURNING a.id)
"""

_TRASH = """
done AS (
  UPDATE media_asset a
     SET removed_at = (item.before ->> 'removed_at')::timestamptz,
         removed_by_id = CASE WHEN item.before ->> 'removed_at' IS NULL THEN NULL
                              ELSE %(by)s::uuid END,
         updated_at = %(now)s
    FROM item
   WHERE a.org_id = %(org)s AND a.id = item.object_id
     AND a.removed_at IS NOT DISTINCT FROM (item.after ->> 'removed_at')::timestamptz
  RETURNING a.id)
"""

# A tag that was put on goes, one that was there is as it was, one that went comes back.
_TAGS = f"""
gone AS (
  DELETE FROM media_assettag t USING item
   WHERE item.before IS NULL AND t.org_id = %(org)s AND t.id = item.object_id
     AND {IMAGE.format("t")} @> item.after
  RETURNING t.id),
changed AS (
  UPDATE media_assettag t SET is_rejected = (item.before ->> 'rejected')::boolean
    FROM item
   WHERE item.before IS NOT NULL AND item.after IS NOT NULL
     AND t.org_id = %(org)s AND t.id = item.object_id AND {IMAGE.format("t")} @> item.after
  RETURNING t.id),
back AS (
  INSERT INTO media_assettag (id, org_id, asset_id, tag_id, origin, is_rejected)
  SELECT item.object_id, %(org)s, a.id, t.id, item.before ->> 'origin',
         (item.before ->> 'rejected')::boolean
    FROM item
    JOIN media_asset a ON a.org_id = %(org)s AND a.id = item.asset_id
    JOIN media_tag t ON t.org_id = %(org)s AND t.id = (item.before ->> 'tag')::uuid
   WHERE item.after IS NULL
  ON CONFLICT DO NOTHING
  RETURNING id),
done AS (
  SELECT id FROM gone UNION ALL SELECT id FROM changed UNION ALL SELECT id FROM back)
"""  # noqa: S608  # of constants

_PLACES = """
done AS (
  UPDATE media_boarditem i
     SET own_choice = coalesce(item.before ->> 'choice', i.own_choice),
         own_place = CASE WHEN item.before ? 'place' THEN (item.before ->> 'place')::bigint
                          ELSE i.own_place END
    FROM item
   WHERE i.org_id = %(org)s AND i.id = item.object_id
     AND jsonb_build_object('choice', i.own_choice, 'place', i.own_place) @> item.after
  RETURNING i.id)
"""

_BOARDS = """
done AS (
  UPDATE media_board b
     SET own_name = coalesce(item.before ->> 'name', b.own_name),
         removed_at = CASE WHEN item.before ? 'removed_at'
                           THEN (item.before ->> 'removed_at')::timestamptz
                           ELSE b.removed_at END
    FROM item
   WHERE b.org_id = %(org)s AND b.id = item.object_id
     AND CASE WHEN item.after ? 'name' THEN b.own_name = item.after ->> 'name'
              ELSE b.removed_at IS NOT DISTINCT FROM (item.after ->> 'removed_at')::timestamptz END
  RETURNING b.id)
"""

_STATEMENTS = {
    OperationTarget.TEXT: _TEXT,
    OperationTarget.TRASH: _TRASH,
    OperationTarget.TAGS: _TAGS,
    OperationTarget.PLACES: _PLACES,
    OperationTarget.BOARDS: _BOARDS,
}


def take_back(inverse: Operation, asset_ids: Sequence[uuid.UUID]) -> int:
    """Undo what ``inverse`` undoes, and return how many rows it was.

    What somebody changed later is kept and counted.

    Args:
        inverse: the operation that undoes another one.
        asset_ids: undo only what concerns these; none means all of it.
    """
    if inverse.params["is_redo"]:
        bring_made_board_back(inverse)
    params = {**parameters(inverse), "undone": inverse.undoes_id, "among": list(asset_ids)}
    among = "AND asset_id = ANY(%(among)s)" if asset_ids else ""
    statement = _ITEMS + _STATEMENTS[OperationTarget(inverse.target)] + _NOTE
    statement = statement.replace("{among}", among)
    restored = run(statement, params)
    (considered,) = fetch_row(_COUNT.replace("{among}", among), params)
    inverse.kept_count += considered - restored
    if not inverse.params["is_redo"]:
        remove_made_board(inverse)
    return restored


def params_of(operation: Operation) -> dict[str, Any]:
    """Return what the inverse of ``operation`` remembers of what was done in the first place."""
    if operation.kind == OperationKind.UNDO:
        return {**operation.params, "is_redo": not operation.params["is_redo"]}
    params = {"kind": operation.kind, "summary": operation.summary, "is_redo": False}
    if made := operation.params.get(MADE_BOARD):
        params[MADE_BOARD] = made
    return params


def done_sentence(inverse: Operation) -> str:
    """Return such as “Undid: Removed 3 assets”, and what was kept."""
    verb = "Did again" if inverse.params["is_redo"] else "Undid"
    sentence = f"{verb}: {_told(inverse)}"
    if inverse.kept_count:
        changed, kept = inverse.changed_count, inverse.kept_count
        sentence += f" ({changed:,} of {changed + kept:,}; the rest changed later)"
    return sentence


def going_on_sentence(inverse: Operation) -> str:
    """Return such as “Undoing: Removed 100,000 assets”."""
    verb = "Doing again" if inverse.params["is_redo"] else "Undoing"
    return f"{verb}: {_told(inverse)}"


def _told(inverse: Operation) -> str:
    summary: str = inverse.params["summary"]
    return summary[:200]
