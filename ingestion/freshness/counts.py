"""What a dataset holds: the units of a stage, or the assets of a connection."""

import dataclasses
import datetime as dt
import uuid
from collections import Counter

from django.db.models import Count, Min

from ingestion.freshness.datasets import DATASETS
from ingestion.models import AssetOrigin, DatasetStatus
from media.models import StageState
from media.models.stage import Stage, StageStatus


@dataclasses.dataclass(frozen=True, slots=True)
class Units:
    """Where the units of a stage stand.

    Attributes:
        total: all of which something is to be made.
        done: those that have their result, also while it is made once more.
        pending: those that wait, whether or not they have a result.
        failed: those that nobody tries any more, until somebody asks.
        main_code: what most of the failed ones failed with; empty where none did.
        oldest_pending_at: since when the oldest waits; None where none does.
    """

    total: int = 0
    done: int = 0
    pending: int = 0
    failed: int = 0
    main_code: str = ""
    oldest_pending_at: dt.datetime | None = None


def count_units(stage: Stage) -> Units:
    """Count the units of ``stage`` of the organization in scope, in one query."""
    rows = list(
        StageState.objects.filter(stage=stage)
        .exclude(status=StageStatus.NOT_APPLICABLE)
        .values_list("status", "former", "error_code")
        .annotate(count=Count("pk"), since=Min("waiting_since"))
        .order_by("status", "former", "error_code")
    )
    counts: Counter[str] = Counter()
    covered = 0
    for status, former, _, count, _ in rows:
        counts[status] += count
        covered += count if StageStatus.DONE in (status, former) else 0
    waiting = [since for status, *_, since in rows if status == StageStatus.PENDING]
    failures = [(count, code) for status, _, code, count, _ in rows if status == StageStatus.FAILED]
    return Units(
        total=counts.total(),
        done=covered,
        pending=counts[StageStatus.PENDING],
        failed=counts[StageStatus.FAILED],
        main_code=max(failures)[1] if failures else "",
        oldest_pending_at=min(waiting, default=None),
    )


def count_backlog(status: DatasetStatus, now: dt.datetime) -> Units:
    """Note in the row of a stage where its units stand, and return it; the caller writes it."""
    stage = DATASETS[status.name].stage
    assert stage is not None  # noqa: S101  # narrows for the type checker
    units = count_units(stage)
    status.total_count, status.row_count = units.total, units.done
    status.pending_count, status.failed_count = units.pending, units.failed
    status.oldest_pending_at, status.counted_at = units.oldest_pending_at, now
    return units


def count_assets(connection_id: uuid.UUID) -> int:
    """Return how many assets of the library came by a connection, those in the trash left out."""
    live = AssetOrigin.objects.filter(connection_id=connection_id, asset__removed_at=None)
    return live.count()
