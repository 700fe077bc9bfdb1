"""Runs that are a row of steps, each of which may fail for itself."""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from ingestion.engine.claims import Claim, fence, lease_end
from ingestion.engine.kinds import Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.engine.streams import StreamStep, work_stream
from ingestion.errors import LeaseLostError, MergesBusyError, RunCancelledError, StepSkippedError
from ingestion.models import RunStep, SyncRun
from ingestion.models.step import StepState
from ingestion.signals import step_ended
from ingestion.taxonomy import Failure, classify
from tenants.scope import org_scope

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """What is done, in one transaction of the organization's scope.

    Attributes:
        name: what the timeline and the API call it.
        do: does it and returns how many things it changed. It may be done twice: a step that
            was broken off is done anew. ``StepSkippedError`` says that it had better not be done
            now: nothing is known of its dataset then.
        dataset: what its success makes fresh.
        is_optional: its failure is a warning; the steps after it are done all the same.
    """

    name: str
    do: Callable[[], int]
    dataset: str = ""
    is_optional: bool = False


class Shares(Protocol):
    """Work that is cut into shares: each is taken, done outside any transaction, and written.

    A slice makes its own, so they may remember what it has done.
    """

    @property
    def is_done(self) -> bool:
        """Return whether the step has ended where its slice ends now."""

    def take(self, run: SyncRun) -> Any | None:
        """Return the next share; None when nothing is left.

        In the scope and the transaction of the fence, which cancel and pause wait for: a second.

        Raises:
            StepSkippedError: there is a reason to leave the step for another time.
        """

    def do(self, share: Any, *, may_go_on: Callable[[], bool]) -> Any:
        """Do it, or a part: what ``may_go_on`` leaves undone is taken again. Seconds, not minutes.

        Outside any transaction and scope.
        """

    def write(self, found: Any) -> int:
        """Write what was found (in the scope and the transaction of the fence).

        Returns:
            How many things changed.
        """


@dataclasses.dataclass(frozen=True, slots=True)
class LongStep:
    """What may take longer than a slice, or reads storage. A step that was broken off goes on.

    Attributes:
        name, dataset, is_optional: as of a ``Step``.
        shares: makes those of a slice.
    """

    name: str
    shares: Callable[[], Shares]
    dataset: str = ""
    is_optional: bool = False


AnyStep = Step | LongStep | StreamStep


def work_steps(turn: Slice, steps: Sequence[AnyStep]) -> None:
    """Do the steps that this run has not done, and end it; yield between two, or two shares.

    Raises:
        Exception: what a step that is not optional failed with.
    """
    held = turn.held
    for position, step in enumerate(steps):
        if _has_ended(held, position):
            continue
        is_done = _work_step(turn, position, step)
        if not is_done or (turn.is_over and position + 1 < len(steps)):
            with org_scope(held.org_id):
                yield_run(held)
            return
    with org_scope(held.org_id):
        run = fence(held)
        failed = RunStep.objects.filter(run_id=held.run_id, state=StepState.FAILED)
        finish_run(held, with_warnings=run.failed_count > 0 or failed.exists())


def _has_ended(held: Claim, position: int) -> bool:
    with org_scope(held.org_id):
        # One that must not fail is done anew with the run.
        is_over = Q(state__in=[StepState.SUCCEEDED, StepState.SKIPPED])
        is_over |= Q(state=StepState.FAILED, is_optional=True)
        return RunStep.objects.filter(is_over, run_id=held.run_id, position=position).exists()


def _work_step(turn: Slice, position: int, step: AnyStep) -> bool:
    """Do the step, or what the slice has time for; return whether it has ended."""
    held = turn.held
    _begin(held, position, step)
    try:
        if not _work_parts(turn, position, step):
            return False
        with org_scope(held.org_id):
            fence(held)
            changed = step.do() if isinstance(step, Step) else 0
            _end(held, position, StepState.SUCCEEDED, changed)
    except (LeaseLostError, RunCancelledError):
        raise
    except StepSkippedError as skipped:
        with org_scope(held.org_id):
            fence(held)
            _end(held, position, StepState.SKIPPED, 0, reason=skipped.reason)
    except Exception as error:
        failure = classify(error)
        with org_scope(held.org_id):
            fence(held)
            _end(held, position, StepState.FAILED, 0, failure)
        if not step.is_optional:
            raise
        logger.exception("Step %s of run %s failed.", step.name, held.run_id)
    return True


def _work_parts(turn: Slice, position: int, step: AnyStep) -> bool:
    """Do what a step has that takes many transactions; return whether that is all."""
    if isinstance(step, LongStep):
        return _work_shares(turn, position, step)
    if isinstance(step, StreamStep):
        return work_stream(turn, step.stream(), partial(_commit, turn.held, position))
    return True


def _commit(held: Claim, position: int, write: Callable[[SyncRun], int]) -> None:
    with org_scope(held.org_id):
        run = fence(held)
        _add(held, position, write(run))


def _work_shares(turn: Slice, position: int, step: LongStep) -> bool:
    """Do share by share until none is left (True) or the slice is over (False)."""
    held = turn.held
    shares = step.shares()
    while True:
        with org_scope(held.org_id):
            share = shares.take(fence(held))
        if share is None:
            return True
        found = shares.do(share, may_go_on=lambda: not turn.is_cut_short)
        try:
            with org_scope(held.org_id):
                fence(held)
                _add(held, position, shares.write(found))
        except MergesBusyError:
            # Nothing was written, and there is no time to wait: the next slice takes it again.
            return False
        if turn.is_over:
            return shares.is_done


def _begin(held: Claim, position: int, step: AnyStep) -> None:
    """Note that the step has begun; one that failed begins anew, and so does a broken-off one.

    But one that is done in shares goes on, and one that asks others even after a failure: what
    they answered is written.
    """
    with org_scope(held.org_id):
        fence(held)
        begun = RunStep.objects.filter(run_id=held.run_id, position=position)
        if isinstance(step, LongStep) and begun.filter(state=StepState.RUNNING).exists():
            return
        if isinstance(step, StreamStep) and begun.update(**_GOING_ON):
            SyncRun.objects.filter(pk=held.run_id).update(phase=step.name)
            return
        RunStep.objects.update_or_create(
            org_id=held.org_id,
            run_id=held.run_id,
            position=position,
            defaults={
                "name": step.name,
                "dataset": step.dataset,
                "is_optional": step.is_optional,
                "state": StepState.RUNNING,
                "changed_count": 0,
                "cursor": None,
                "started_at": Now(),
                "finished_at": None,
            },
        )
        SyncRun.objects.filter(pk=held.run_id).update(phase=step.name)


_GOING_ON: Final[dict[str, Any]] = {
    "state": StepState.RUNNING,
    "failure_type": "",
    "error_code": "",
    "user_message": "",
    "internal_message": "",
    "finished_at": None,
}


def _add(held: Claim, position: int, changed: int) -> None:
    """Count what a share changed."""
    RunStep.objects.filter(run_id=held.run_id, position=position).update(
        changed_count=F("changed_count") + changed
    )
    _note_progress(held)


def _note_progress(held: Claim) -> None:
    SyncRun.objects.filter(pk=held.run_id).update(
        progress_at=timezone.now(), lost_streak=0, lease_expires_at=lease_end()
    )


def _end(  # noqa: PLR0913  # all that is known of a step that ends
    held: Claim,
    position: int,
    state: StepState,
    changed: int,
    failure: Failure | None = None,
    *,
    reason: str = "",
) -> None:
    step = RunStep.objects.get(run_id=held.run_id, position=position)
    RunStep.objects.filter(pk=step.pk).update(
        state=state,
        changed_count=F("changed_count") + changed,
        failure_type=failure.failure_type if failure else "",
        error_code=failure.code if failure else "",
        user_message=failure.user_message if failure else reason,
        internal_message=failure.internal_message if failure else "",
        finished_at=timezone.now(),
    )
    if state is not StepState.FAILED or step.is_optional:
        # One that ends the try is no progress: failures in a row would be the first each.
        _note_progress(held)
    step.refresh_from_db()
    run = SyncRun.objects.select_related("job").get(pk=held.run_id)
    step_ended.send(sender=RunStep, run=run, step=step)
