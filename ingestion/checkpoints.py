"""Where streams stand, and where they stood before."""

import uuid
from typing import Any

from django.db.models import F
from django.utils import timezone

from ingestion.errors import LeaseLostError
from ingestion.models import CheckpointHistory, SourceCheckpoint, SyncRun
from ingestion.models.dataset import CHECKPOINTS_KEPT


def advance(
    mark: SourceCheckpoint,
    *,
    cursor: dict[str, Any] | None,
    is_complete: bool,
    run_id: uuid.UUID | None = None,
) -> None:
    """Move a stream's cursor, unless somebody else has moved it; ``mark`` is as it stands then.

    Args:
        run_id: of the run that moves it; another worker then sees that it has begun.

    Raises:
        LeaseLostError: somebody has.
    """
    moved = SourceCheckpoint.objects.filter(pk=mark.pk, sequence=mark.sequence).update(
        cursor=cursor,
        is_complete=is_complete,
        run_id=run_id or mark.run_id,
        sequence=F("sequence") + 1,
        updated_at=timezone.now(),
    )
    if not moved:
        message = "Another worker has moved the checkpoint."
        raise LeaseLostError(message, stream=mark.stream)
    mark.sequence += 1
    mark.cursor, mark.is_complete, mark.run_id = cursor, is_complete, run_id or mark.run_id


def remember(run: SyncRun, *, stream: str) -> None:
    """Keep where ``stream`` stands at the end of ``run``, to be rewound to.

    Nothing is added where it stands as after the run before.
    """
    mark = SourceCheckpoint.objects.get(connection=run.connection_id, stream=stream)
    CheckpointHistory.objects.get_or_create(
        org_id=run.org_id,
        checkpoint=mark,
        sequence=mark.sequence,
        defaults={"cursor": mark.cursor, "run_id": run.pk},
    )
    history = CheckpointHistory.objects.filter(checkpoint=mark).order_by("-sequence")
    kept = history.values("pk")[:CHECKPOINTS_KEPT]
    CheckpointHistory.objects.filter(checkpoint=mark).exclude(pk__in=kept).delete()
