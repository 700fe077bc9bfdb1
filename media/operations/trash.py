"""Removing assets into the trash, and bringing them back."""

from media.models import Operation
from media.models.operation import OperationKind
from media.operations.log import INSERT_ITEMS, parameters
from media.operations.selection import Selection
from media.sql import run

_MOVE = f"""
WITH picked AS MATERIALIZED (
  SELECT id, removed_at FROM media_asset
   WHERE org_id = %(org)s AND id IN ({{selected}}) AND removed_at IS {{where}}
   ORDER BY id FOR UPDATE),
changed AS (
  UPDATE media_asset a
     SET removed_at = %(removed_at)s, removed_by_id = %(removed_by)s, updated_at = %(now)s
    FROM picked p WHERE a.org_id = %(org)s AND a.id = p.id)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, id, id,
       jsonb_build_object('removed_at', removed_at),
       jsonb_build_object('removed_at', %(removed_at)s::timestamptz)
  FROM picked
"""  # noqa: S608  # of constants


def change_presence(operation: Operation, selection: Selection) -> None:
    """Move the selected assets to the trash, or back from it."""
    is_removal = operation.kind == OperationKind.TRASH
    selected, params = selection.as_sql()
    where = "NULL" if is_removal else "NOT NULL"
    run(
        _MOVE.replace("{selected}", selected).replace("{where}", where),
        {
            **params,
            **parameters(operation),
            "removed_at": operation.created_at if is_removal else None,
            "removed_by": operation.actor_id if is_removal else None,
        },
    )
