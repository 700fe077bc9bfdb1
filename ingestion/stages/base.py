"""What all stages share: take a batch, work outside any transaction, write once at the end."""

import datetime as dt
import random
import time
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from django.db.models import F, QuerySet
from django.utils import timezone

from connectors.base import Use
from ingestion.engine.claims import Claim, fence, lease_end
from ingestion.engine.kinds import Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.models import SyncRun
from ingestion.policy.barring import barred_units
from ingestion.signals import batch_written
from ingestion.stages.queueing import find_forgotten, start_stage_run
from ingestion.taxonomy import JITTER, LADDER_S
from media.models import StageState
from media.models.stage import Stage, StageStatus
from media.results import UnitResult, write_states
from tenants.scope import org_scope

MAX_ATTEMPTS = 5
# Once a batch has worked for so long, or others wait, it begins no further unit: what is done is
# written well before the queue's time-out, however slow a host or a picture is.
BEGIN_S = 5.0
# How much longer what it began by then may take while others wait for the worker.
GRACE_S = 3.0
# Workers lost in a row over the same batch, after which units are worked one by one.
SUSPICIOUS_LOSSES = 2


class Pace:
    """How long a batch may begin units, and go on with those it began; asked on any thread."""

    def __init__(self, turn: Slice, *, is_alone: bool = False) -> None:
        self._turn = turn
        self._is_alone = is_alone
        self._late_at = time.monotonic() + BEGIN_S

    def may_begin(self) -> bool:
        """Return whether another unit may begin; asked before each."""
        if self._is_alone:
            return True
        return time.monotonic() < self._late_at and self._turn.may_begin

    def must_end(self) -> bool:
        """Return whether to give up what is in flight: nobody wants it, or others wait too long.

        It may come to nothing for no fault of its own, so it gets no result.
        """
        if self._turn.is_called_off:
            return True
        return time.monotonic() >= self._late_at + GRACE_S and self._turn.is_pressed


class BatchWork(Protocol):
    """One stage's own part.

    Attributes:
        use: what it does with assets, which the terms of their source may not allow; None where
            it only works with what another stage has been allowed to keep.
    """

    stage: ClassVar[Stage]
    use: ClassVar[Use | None]
    batch_size: ClassVar[int]
    then: ClassVar[tuple[Stage, ...]]

    def choose(self, due: QuerySet[StageState]) -> QuerySet[StageState]:
        """Return those of the ``due`` units, in their order, that the next batch may be of."""

    def take(self, states: Sequence[StageState]) -> Sequence[Any]:
        """Return what the work needs to know of each unit (in the organization's scope)."""

    def do(
        self, units: Sequence[Any], *, org_id: uuid.UUID, pace: Pace
    ) -> tuple[list[UnitResult], Any]:
        """Do the slow part, outside any transaction; return results and what to write.

        Args:
            pace: asked before each unit, and while they are at work; one that may not begin, or
                not go on, gets no result.
        """

    def write(self, units: Sequence[Any], found: Any) -> None:
        """Write what was found (in the scope and the transaction of the fence)."""


def work_stage(turn: Slice, stage_work: BatchWork) -> None:
    """Work pending units in batches until none is due or the slice is over."""
    with org_scope(turn.held.org_id):
        find_forgotten(fence(turn.held))
    work_batch = _work_alone if _is_suspicious(turn.held) else _work_batch
    while work_batch(turn, stage_work):
        if turn.is_over:
            with org_scope(turn.held.org_id):
                _wake_next(turn.held.org_id, stage_work)
                yield_run(turn.held)
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


def _work_batch(turn: Slice, stage_work: BatchWork) -> bool:
    """Work one batch; where nothing is due, end the run and return False."""
    held = turn.held
    with org_scope(held.org_id):
        states, barred = _allowed(_due(stage_work, stage_work.batch_size), stage_work.use)
        units = stage_work.take(states)
        if not states and not barred:
            _finish(held, stage_work)
            return False
    results, found = stage_work.do(units, org_id=held.org_id, pace=Pace(turn))
    with org_scope(held.org_id):
        fence(held)
        write_states([*results, *barred])
        # Before the stage writes: it may know better when they are due.
        _send_to_the_back(states, results)
        stage_work.write(units, found)
        _count(held, stage_work.stage, results)
    return True


def _work_alone(turn: Slice, stage_work: BatchWork) -> bool:
    """Work one unit, having written what is to become of it should this worker be lost too.

    A unit that takes each worker with it is found so: the others pass it, and its attempts end.
    """
    held = turn.held
    with org_scope(held.org_id):
        states, barred = _allowed(_due(stage_work, 1), stage_work.use)
        units = stage_work.take(states)
        if not states and not barred:
            _finish(held, stage_work)
            return False
        fence(held)
        write_states([*(_if_lost(state) for state in states), *barred])
        stage_work.write(units, [])
    results, found = stage_work.do(units, org_id=held.org_id, pace=Pace(turn, is_alone=True))
    with org_scope(held.org_id):
        # Not behind the fence: one that a cancellation cut short stands as before as well.
        _stand_as_before(states, results)
    with org_scope(held.org_id):
        fence(held)
        # The attempt is counted by then.
        alone = StageState.objects.filter(pk__in=[result.state_id for result in results])
        alone.update(attempts=F("attempts") - 1)
        write_states(results)
        stage_work.write(units, found)
        _count(held, stage_work.stage, results)
    return True


def _is_suspicious(held: Claim) -> bool:
    with org_scope(held.org_id):
        losses = SyncRun.objects.values_list("lost_streak", flat=True).get(pk=held.run_id)
    return losses >= SUSPICIOUS_LOSSES


def _if_lost(state: StageState) -> UnitResult:
    """Return the result of a unit over which this worker is lost: behind all others, or failed."""
    if state.attempts + 1 >= MAX_ATTEMPTS:
        return UnitResult(state.pk, StageStatus.FAILED, "worker_lost")
    return UnitResult(state.pk, StageStatus.PENDING, "worker_lost", timezone.now())


def _stand_as_before(states: Sequence[StageState], results: Sequence[UnitResult]) -> None:
    """Take back what was written for the case of a loss, of units that were given up."""
    ended = {result.state_id for result in results}
    for state in states:
        if state.pk not in ended:
            StageState.objects.filter(
                pk=state.pk, attempts=state.attempts + 1, error_code="worker_lost"
            ).update(
                status=StageStatus.PENDING,
                attempts=state.attempts,
                error_code=state.error_code,
                due_at=timezone.now(),
            )


def _due(stage_work: BatchWork, count: int) -> list[StageState]:
    due = StageState.objects.filter(
        stage=stage_work.stage, status=StageStatus.PENDING, due_at__lte=timezone.now()
    ).order_by("due_at", "pk")
    return list(stage_work.choose(due)[:count])


def _allowed(
    states: list[StageState], use: Use | None
) -> tuple[list[StageState], list[UnitResult]]:
    """Return the units that may be worked, and the results of those that the terms bar."""
    barred = barred_units(states, use) if use else []
    keys = {result.state_id for result in barred}
    return [state for state in states if state.pk not in keys], barred


def _send_to_the_back(states: Sequence[StageState], results: Sequence[UnitResult]) -> None:
    """Let units that were not begun wait behind those that are due, which had no turn yet."""
    begun = {result.state_id for result in results}
    left = [state.pk for state in states if state.pk not in begun]
    if left:
        StageState.objects.filter(pk__in=left).update(due_at=timezone.now())


def _finish(held: Claim, stage_work: BatchWork) -> None:
    """End the run, and queue the next for units that wait for a later try."""
    run = fence(held)
    # First: the ends of other runs lock these before the datasets.
    start_stage_run(held.org_id, stage_work.stage)
    _wake_next(held.org_id, stage_work)
    finish_run(held, with_warnings=run.failed_count > 0)


def _wake_next(org_id: uuid.UUID, stage_work: BatchWork) -> None:
    for stage in stage_work.then:
        start_stage_run(org_id, stage)


def _count(held: Claim, stage: Stage, results: Sequence[UnitResult]) -> None:
    """Count units that have ended: done as new, failed as failed; the others come again."""
    batch_written.send(sender=StageState, stage=stage.value, org_id=held.org_id)
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
