"""Runs that are a row of steps, each of which may fail for itself."""

import dataclasses
import logging
from collections.abc import Callable, Sequence

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from ingestion.engine.claims import Claim, fence, lease_end
from ingestion.engine.kinds import Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.errors import LeaseLostError, RunCancelledError
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
            was broken off is done anew.
        dataset: what its success makes fresh.
        is_optional: its failure is a warning; the steps after it are done all the same.
    """

    name: str
    do: Callable[[], int]
    dataset: str = ""
    is_optional: bool = False


def work_steps(turn: Slice, steps: Sequence[Step]) -> None:
    """Do the steps that this run has not done, and end it; yield between two of them.

    Raises:
        Exception: what a step that is not optional failed with.
    """
    held = turn.held
    for position, step in enumerate(steps):
        if _has_ended(held, position):
            continue
        _work_step(held, position, step)
        if turn.is_over and position + 1 < len(steps):
            with org_scope(held.org_id):
                yield_run(held)
            return
    with org_scope(held.org_id):
        fence(held)
        failed = RunStep.objects.filter(run_id=held.run_id, state=StepState.FAILED)
        finish_run(held, with_warnings=failed.exists())


def _has_ended(held: Claim, position: int) -> bool:
    with org_scope(held.org_id):
        # One that must not fail is done anew with the run.
        is_over = Q(state=StepState.SUCCEEDED) | Q(state=StepState.FAILED, is_optional=True)
        return RunStep.objects.filter(is_over, run_id=held.run_id, position=position).exists()


def _work_step(held: Claim, position: int, step: Step) -> None:
    _begin(held, position, step)
    try:
        with org_scope(held.org_id):
            fence(held)
            changed = step.do()
            _end(held, position, StepState.SUCCEEDED, changed)
    except (LeaseLostError, RunCancelledError):
        raise
    except Exception as error:
        failure = classify(error)
        with org_scope(held.org_id):
            fence(held)
            _end(held, position, StepState.FAILED, 0, failure)
        if not step.is_optional:
            raise
        logger.exception("Step %s of run %s failed.", step.name, held.run_id)


def _begin(held: Claim, position: int, step: Step) -> None:
    """Note that the step has begun; one that failed, or broke off, begins anew."""
    with org_scope(held.org_id):
        fence(held)
        RunStep.objects.update_or_create(
            org_id=held.org_id,
            run_id=held.run_id,
            position=position,
            defaults={
                "name": step.name,
                "dataset": step.dataset,
                "is_optional": step.is_optional,
                "state": StepState.RUNNING,
                "started_at": Now(),
                "finished_at": None,
            },
        )
        SyncRun.objects.filter(pk=held.run_id).update(phase=step.name)


def _end(
    held: Claim, position: int, state: StepState, changed: int, failure: Failure | None = None
) -> None:
    step = RunStep.objects.get(run_id=held.run_id, position=position)
    RunStep.objects.filter(pk=step.pk).update(
        state=state,
        changed_count=changed,
        failure_type=failure.failure_type if failure else "",
        error_code=failure.code if failure else "",
        user_message=failure.user_message if failure else "",
        internal_message=failure.internal_message if failure else "",
        finished_at=timezone.now(),
    )
    SyncRun.objects.filter(pk=held.run_id).update(
        progress_at=timezone.now(), lost_streak=0, lease_expires_at=lease_end()
    )
    step.refresh_from_db()
    run = SyncRun.objects.select_related("job").get(pk=held.run_id)
    step_ended.send(sender=RunStep, run=run, step=step)
