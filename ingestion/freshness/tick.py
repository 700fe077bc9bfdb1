"""Flips what time alone has made worse; called by the tick of the engine."""

import datetime as dt
import logging
import uuid
from typing import Final

from django.db import connection
from django.utils import timezone

from ingestion.freshness.counts import count_backlog
from ingestion.freshness.rows import TIME, is_stage, settle
from ingestion.models import DatasetStatus
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

# Of a tick, which has a minute; what is left is looked at by the next.
MAX_PER_TICK: Final = 2_000
# What cannot be judged is tried again then, and keeps nothing else from its turn.
POSTPONED_BY: Final = dt.timedelta(hours=1)


def flip_due(now: dt.datetime | None = None) -> int:
    """Look at every dataset whose time has come; return how many changed their state.

    Args:
        now: by the clock that set the times; tests move it.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dataset_id, org_id FROM engine_due_alerts(%s, %s)", [now, MAX_PER_TICK]
        )
        due = cursor.fetchall()
    return sum(_flip(dataset_id, org_id, now) for dataset_id, org_id in due)


def _flip(dataset_id: uuid.UUID, org_id: uuid.UUID, now: dt.datetime) -> bool:
    try:
        with org_scope(org_id):
            status = (
                DatasetStatus.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("job", "connection")
                .filter(pk=dataset_id, alert_at__lte=now)
                .first()
            )
            if status is None:
                return False
            if is_stage(status):
                count_backlog(status, now)
            return settle(status, reason=TIME, now=now)
    except Exception:
        # One dataset that cannot be judged must not keep the others from their turn.
        logger.exception("Dataset %s could not be judged.", dataset_id)
        with org_scope(org_id):
            DatasetStatus.objects.filter(pk=dataset_id).update(alert_at=now + POSTPONED_BY)
        return False
