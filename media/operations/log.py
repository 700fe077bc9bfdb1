"""Writing operations: the change, its items, its sentence, and the words that follow it."""

from typing import Any

from django.utils import timezone

from media.models import Operation
from media.models.operation import OperationKind, OperationTarget
from tenants.models import User
from tenants.scope import current_org_id

NOTHING = "Nothing to change"
MAX_SUMMARY = 300

INSERT_ITEMS = """
INSERT INTO media_operationitem (id, org_id, operation_id, object_id, asset_id, before, after)
"""


def begin(
    kind: OperationKind, target: OperationTarget, *, by: User | None, params: dict[str, Any]
) -> Operation:
    """Return an operation that is not stored yet; its items may be written before it."""
    return Operation(
        org_id=current_org_id(),
        actor=by,
        kind=kind,
        target=target,
        params=params,
        created_at=timezone.now(),
    )


def parameters(operation: Operation) -> dict[str, Any]:
    """Return what every statement of an operation needs."""
    return {
        "org": operation.org_id,
        "operation": operation.pk,
        "now": operation.created_at,
        "by": operation.actor_id,
    }


def finish(operation: Operation, *, changed: int, summary: str) -> Operation:
    """Store ``operation``, unless it changed nothing."""
    if not changed:
        operation.summary = NOTHING
        return operation
    operation.changed_count = changed
    operation.summary = summary[:MAX_SUMMARY]
    operation.save(force_insert=True)
    return operation


def counted(count: int, noun: str = "asset") -> str:
    """Return ``1 asset`` or ``1,234 assets``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
