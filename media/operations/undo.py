"""Taking an operation back: exactly what it changed, where nobody changed it since.

An item of an operation holds a row as it was before and after. Undoing writes ``before`` over
every row that is still as it was after, and notes that as an operation of its own, whose
inverse does it again. A row that somebody changed later is kept and counted.
"""

from typing import Any

from django.db import transaction

from media.models import Operation
from media.models.operation import OperationKind, OperationTarget
from media.operations.log import (
    INSERT_ITEMS,
    begin,
    count_assets,
    finish,
    parameters,
    reindex_board,
)
from media.operations.tags import IMAGE
from media.sql import run
from tenants.models import User

_ITEMS = """
WITH item AS MATERIALIZED (
  SELECT object_id, asset_id, before, after FROM media_operationitem
   WHERE org_id = %(org)s AND operation_id = %(undone)s),
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


@transaction.atomic
def undo(operation: Operation, by: User | None) -> Operation:
    """Take ``operation`` back and return the operation that did so.

    The second time nothing changes: the undo of the first time is returned. Undoing an undo
    does the thing again.
    """
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    if operation.undone_at is not None:
        return operation.undos.newest_first()[0]
    target = OperationTarget(operation.target)
    inverse = begin(OperationKind.UNDO, target, by=by, params=_params(operation))
    inverse.undoes = operation
    statement = _ITEMS + _STATEMENTS[target] + _NOTE
    restored = run(statement, {**parameters(inverse), "undone": operation.pk})
    inverse.kept_count = operation.items.count() - restored
    changed = restored if target is OperationTarget.BOARDS else count_assets(inverse)
    finish(inverse, changed=changed, summary=_sentence(inverse, changed=changed))
    Operation.objects.filter(pk=operation.pk).update(
        undone_at=inverse.created_at, undone_by=inverse.actor
    )
    if target is OperationTarget.BOARDS:
        for board_id in inverse.items.values_list("object_id", flat=True):
            reindex_board(board_id)
    return inverse


def _params(operation: Operation) -> dict[str, Any]:
    """Return what the inverse of ``operation`` remembers of what was done in the first place."""
    if operation.kind == OperationKind.UNDO:
        return {**operation.params, "is_redo": not operation.params["is_redo"]}
    return {"kind": operation.kind, "summary": operation.summary, "is_redo": False}


def _sentence(inverse: Operation, *, changed: int) -> str:
    """Return such as “Undid: Removed 3 assets”, and what was kept."""
    verb = "Did again" if inverse.params["is_redo"] else "Undid"
    sentence = f"{verb}: {inverse.params['summary'][:200]}"
    if inverse.kept_count:
        sentence += f" ({changed:,} of {changed + inverse.kept_count:,}; the rest changed later)"
    return sentence
