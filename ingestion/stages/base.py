"""What all stages share: take a batch, work outside any transaction, write once at the end."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from django.db.models import F
from django.utils import timezone

from ingestion.engine.claims import Claim, fence, lease_end
from ingestion.engine.kinds import Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.models import SyncRun
from ingestion.stages.queueing import start_stage_run
from ingestion.taxonomy import JITTER, LADDER_S
from media.models import StageState
from media.models.stage import Stage, StageStatus
from media.results import UnitResult, write_states
from tenants.scope import org_scope

MAX_ATTEMPTS = 5


class BatchWork(Protocol):
    """One stage's own part."""

    stage: ClassVar[Stage]
    batch_size: ClassVar[int]
    then: ClassVar[tuple[Stage, ...]]

    def take(self, states: Sequence[StageState]) -> Sequence[Any]:
        """Return what the work needs to know of each unit (in the organization's scope)."""

    def do(self, units: Sequence[Any], *, org_id: uuid.UUID) -> tuple[list[UnitResult], Any]:
        """Do the slow part, outside any transaction; return results and what to write."""

    def write(self, units: Sequence[Any], found: Any) -> None:
        """Write what was found (in the scope and the transaction of the fence)."""


def work_stage(turn: Slice, stage_work: BatchWork) -> None:
    """Work pending units in batches until none is due or the slice is over."""
    held = turn.held
    while True:
        with org_scope(held.org_id):
            states = _due(stage_work)
            units = stage_work.take(states)
            if not states:
                _finish(held, stage_work)
                return
        results, found = stage_work.do(units, org_id=held.org_id)
        with org_scope(held.org_id):
            fence(held)
            stage_work.write(units, found)
            write_states(results)
            _count(held, results)
        if turn.is_over:
            with org_scope(held.org_id):
                _wake_next(held.org_id, stage_work)
                yield_run(held)
            return


def retry_or_fail(
    state: StageState, *, code: str, is_final: bool, retry_after_s: float | None = None
) -> UnitResult:
    """Return the result of a unit that went wrong: another try later, or none."""
    if is_final or state.attempts + 1 >= MAX_ATTEMPTS:
        return UnitResult(state.pk, StageStatus.FAILED, code)
    base = LADDER_S[min(state.attempts, len(LADDER_S) - 1)]
    wait_s = base * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # spreading load
    due_at = timezone.now() + dt.timedelta(seconds=max(wait_s, retry_after_s or 0))
    return UnitResult(state.pk, StageStatus.PENDING, code, due_at)


def _due(stage_work: BatchWork) -> list[StageState]:
    return list(
        StageState.objects.filter(
            stage=stage_work.stage, status=StageStatus.PENDING, due_at__lte=timezone.now()
        ).order_by("due_at", "pk")[: stage_work.batch_size]
    )


def _finish(held: Claim, stage_work: BatchWork) -> None:
    """End the run, and queue the next for units that wait for a later try."""
    run = fence(held)
    finish_run(held, with_warnings=run.failed_count > 0)
    _wake_next(held.org_id, stage_work)
    start_stage_run(held.org_id, stage_work.stage)


def _wake_next(org_id: uuid.UUID, stage_work: BatchWork) -> None:
    for stage in stage_work.then:
        start_stage_run(org_id, stage)


def _count(held: Claim, results: Sequence[UnitResult]) -> None:
    """Count units that have ended: done as new, failed as failed; the others come again."""
    done = sum(result.status == StageStatus.DONE for result in results)
    failed = sum(result.status == StageStatus.FAILED for result in results)
    SyncRun.objects.filter(pk=held.run_id).update(
        raw_count=F("raw_count") + done + failed,
        new_count=F("new_count") + done,
        failed_count=F("failed_count") + failed,
        progress_at=timezone.now(),
        lost_streak=0,
        lease_expires_at=lease_end(),
    )
