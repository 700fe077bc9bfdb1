"""How far the pictures of an import are.

Of an import of up to ``MOST_OWN`` records its own pictures are counted, by way of its ledger. Of
a larger one that takes seconds (50,000 records: 1.3 s), so there the figures are those of the
whole library, and say so; whether any of its own is left is asked of the pictures next in line.
"""

import dataclasses
from collections import Counter
from datetime import datetime

from django.db.models import Min, Sum
from django.utils import timezone

from ingestion.models import SyncRun
from media.models import StageState
from media.models.stage import Stage, StageStatus
from media.sql import Row, fetch_row, fetch_rows

MOST_OWN = 5_000
# Counting in the library stops here, so that a page costs the same however much is to be done.
MOST_COUNTED = 100_000
# How far the line is looked along for pictures of one import; the oldest come first.
MOST_IN_LINE = 2_000

# LIMIT cuts nothing off: it tells the planner, whose figures lag behind, that these are few.
_NAMED = """
SELECT asset_id FROM ingestion_runitem
 WHERE org_id = %(org)s AND run_id = %(run)s AND asset_id IS NOT NULL LIMIT %(most)s
"""

_OWN_FETCHES = f"""
SELECT s.status, count(*), min(s.due_at)
  FROM (SELECT DISTINCT asset_id FROM ({_NAMED}) named) named
  JOIN media_assetmedia m ON m.org_id = %(org)s AND m.asset_id = named.asset_id
  JOIN media_stagestate s ON s.org_id = %(org)s AND s.media_id = m.id AND s.stage = 'fetch'
 GROUP BY s.status
"""  # of constants

_OWN_RENDITIONS = f"""
SELECT s.status, count(*), min(s.due_at)
  FROM (SELECT DISTINCT m.blob_id FROM ({_NAMED}) named
          JOIN media_assetmedia m
            ON m.org_id = %(org)s AND m.asset_id = named.asset_id AND m.blob_id IS NOT NULL) named
  JOIN media_stagestate s
    ON s.org_id = %(org)s AND s.blob_id = named.blob_id AND s.stage = 'rendition'
 GROUP BY s.status
"""  # of constants

_ANY_LEFT = """
WITH line AS MATERIALIZED (
  (SELECT media_id, blob_id FROM media_stagestate
    WHERE org_id = %(org)s AND stage = 'fetch' AND status = 'pending'
    ORDER BY due_at LIMIT %(most)s)
  UNION ALL
  (SELECT media_id, blob_id FROM media_stagestate
    WHERE org_id = %(org)s AND stage = 'rendition' AND status = 'pending'
    ORDER BY due_at LIMIT %(most)s)),
assets AS MATERIALIZED (
  SELECT m.asset_id FROM line
    JOIN media_assetmedia m ON m.org_id = %(org)s AND m.id = line.media_id
  UNION
  SELECT m.asset_id FROM line
    JOIN media_assetmedia m ON m.org_id = %(org)s AND m.blob_id = line.blob_id)
SELECT EXISTS (
  SELECT FROM assets CROSS JOIN LATERAL (
    -- OFFSET keeps the planner from reading the whole table instead.
    SELECT o.first_run_id, o.changed_run_id FROM ingestion_assetorigin o
     WHERE o.org_id = %(org)s AND o.asset_id = assets.asset_id OFFSET 0) origin
   WHERE %(run)s IN (origin.first_run_id, origin.changed_run_id))
"""


@dataclasses.dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage of pictures is.

    Attributes:
        stored: units done.
        pending: still to do.
        failed: for good.
        next_at: when the next of those that wait is due.
    """

    stored: int
    pending: int
    failed: int
    next_at: datetime | None

    @property
    def total(self) -> int:
        """Return all that is or was to do."""
        return self.stored + self.pending

    @property
    def is_waiting(self) -> bool:
        """Return whether all that is pending waits for a later try."""
        return self.next_at is not None and self.next_at > timezone.now()

    @property
    def is_capped(self) -> bool:
        """Return whether there is more to do than was counted."""
        return self.pending >= MOST_COUNTED


@dataclasses.dataclass(frozen=True, slots=True)
class PictureProgress:
    """How far the pictures of an import are.

    Attributes:
        is_own: the figures are of the import's own pictures, not of the whole library.
        is_done: none of its own is left to do, whatever other imports have brought.
    """

    fetch: StageProgress
    rendition: StageProgress
    is_own: bool
    is_done: bool

    @property
    def is_waiting(self) -> bool:
        """Return whether all that is left waits for a later try."""
        stages = (self.fetch, self.rendition)
        return all(stage.is_waiting or not stage.pending for stage in stages)

    @property
    def has_failed(self) -> bool:
        """Return whether any picture failed for good."""
        return bool(self.fetch.failed or self.rendition.failed)


def picture_progress(run: SyncRun) -> PictureProgress:
    """Return how far the pictures of ``run`` are; at a bounded cost, however large it is."""
    params = {"org": run.org_id, "run": run.pk, "most": MOST_OWN}
    if run.raw_count <= MOST_OWN:
        fetch = _own(fetch_rows(_OWN_FETCHES, params))
        rendition = _own(fetch_rows(_OWN_RENDITIONS, params))
        is_done = not fetch.pending and not rendition.pending
        return PictureProgress(fetch, rendition, is_own=True, is_done=is_done)
    since = run.started_at or run.created_at
    (is_any_left,) = fetch_row(_ANY_LEFT, {**params, "most": MOST_IN_LINE})
    return PictureProgress(
        _of_library(Stage.FETCH, since=since),
        _of_library(Stage.RENDITION, since=since),
        is_own=False,
        is_done=not is_any_left,
    )


def _own(rows: list[Row]) -> StageProgress:
    counts: Counter[str] = Counter({status: count for status, count, _ in rows})
    due = {status: at for status, _, at in rows}
    return StageProgress(
        stored=counts[StageStatus.DONE],
        pending=counts[StageStatus.PENDING],
        failed=counts[StageStatus.FAILED],
        next_at=due.get(StageStatus.PENDING),
    )


def _of_library(stage: Stage, *, since: datetime) -> StageProgress:
    """Return how far ``stage`` of the organization in scope is; four bounded queries."""
    done = SyncRun.objects.filter(kind=stage.value, job__kind=stage.value).exclude(
        finished_at__lt=since
    )
    pending = StageState.objects.filter(stage=stage, status=StageStatus.PENDING)
    failed = StageState.objects.filter(stage=stage, status=StageStatus.FAILED)
    return StageProgress(
        stored=done.aggregate(n=Sum("new_count"))["n"] or 0,
        pending=pending.order_by()[:MOST_COUNTED].count(),
        failed=failed.order_by()[:MOST_COUNTED].count(),
        next_at=pending.aggregate(at=Min("due_at"))["at"],
    )
