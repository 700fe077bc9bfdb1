"""Removing assets into the trash, and bringing them back."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from media.models import Operation
from media.models.operation import OperationKind, OperationTarget
from media.operations.log import INSERT_ITEMS, begin, counted, finish, parameters
from media.operations.selection import Selection
from media.sql import run
from tenants.models import Organization, User

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


@transaction.atomic
def trash_assets(selection: Selection, by: User | None) -> Operation:
    """Move the selected assets to the trash, from where they are purged after ``TRASH_DAYS``."""
    operation = begin(OperationKind.TRASH, OperationTarget.TRASH, by=by, params={})
    changed = _move(operation, selection, where="NULL")
    return finish(operation, changed=changed, summary=f"Removed {counted(changed)}")


@transaction.atomic
def restore_selection(selection: Selection, by: User | None) -> Operation:
    """Bring the selected assets back from the trash, with their boards and tags."""
    operation = begin(OperationKind.RESTORE, OperationTarget.TRASH, by=by, params={})
    changed = _move(operation, selection, where="NOT NULL")
    return finish(operation, changed=changed, summary=f"Restored {counted(changed)}")


def restore_assets(org: Organization, asset_ids: Sequence[uuid.UUID], *, by: User | None) -> int:
    """Bring assets of ``org``, which is in scope, back from the trash; return how many."""
    return restore_selection(Selection.of_ids(asset_ids), by).changed_count


def _move(operation: Operation, selection: Selection, *, where: str) -> int:
    is_removal = operation.kind == OperationKind.TRASH
    selected, params = selection.as_sql()
    statement = _MOVE.replace("{selected}", selected).replace("{where}", where)
    return run(
        statement,
        {
            **params,
            **parameters(operation),
            "removed_at": operation.created_at if is_removal else None,
            "removed_by": operation.actor_id if is_removal else None,
        },
    )
