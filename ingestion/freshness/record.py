"""Moves how fresh datasets are when something happens to runs; see ``ingestion.signals``.

Only a success of the very run, or of the very step, that refreshes a dataset makes it younger.
Failures are counted and told; dry runs and cancelled runs move nothing.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Min
from django.dispatch import receiver
from django.utils import timezone

from ingestion.codes import CODES, FailureType
from ingestion.engine.kinds import datasets_of, kind_of
from ingestion.freshness.counts import Units, count_assets, count_backlog
from ingestion.freshness.datasets import DATASETS, DROP_FOLDER, SAVED_ITEMS
from ingestion.freshness.rows import (
    FAILURE,
    PAUSED,
    RESUMED,
    SUCCESS,
    TIME,
    is_stage,
    lock,
    locked,
    needs_action,
    settle,
)
from ingestion.freshness.states import Freshness
from ingestion.freshness.words import SUDDENLY_EMPTY
from ingestion.models import DatasetStatus, ImportFile, Job, RunStep, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunMode
from ingestion.models.step import StepState
from ingestion.signals import (
    attempt_failed,
    job_paused,
    job_resumed,
    run_failed,
    run_succeeded,
    run_yielded,
    step_ended,
)
from ingestion.sources import SourceKind
from ingestion.taxonomy import Failure

# Runs over a part of the data: they make nothing as a whole younger, nor older.
_PARTIAL: Final = frozenset({RunMode.BACKFILL, RunMode.MISSING, RunMode.FAILED})
_OF_STAGES: Final = frozenset(name for name, dataset in DATASETS.items() if dataset.stage)
# Between two counts of a stage whose slices follow each other quickly.
_COUNT_AGAIN_AFTER: Final = dt.timedelta(seconds=30)


@receiver(run_succeeded)
def note_success(*, run: SyncRun, now: dt.datetime | None = None, **_: Any) -> None:
    """Make younger what the run has refreshed; its steps have told of their own."""
    if run.is_dry_run:
        return
    now = now or timezone.now()
    for status in _statuses(run):
        if is_stage(status):
            reason = _note_pass(status, run, now)
        elif run.mode in _PARTIAL:
            reason = TIME
            status.row_count = _rows(status, run)
            if status.name == DROP_FOLDER and run.mode == RunMode.FAILED:
                status.failed_count = max(status.failed_count - run.new_count, 0)
        else:
            reason = SUCCESS
            _note_whole(status, run, now)
        settle(status, reason=reason, now=now, run_id=run.pk)
    if run.new_count or run.updated_count:
        _expect_units(run, now)


@receiver(run_yielded)
def note_slice(*, run: SyncRun, now: dt.datetime | None = None, **_: Any) -> None:
    """Count what a slice of a stage has left; what it did is done, though the run goes on."""
    now = now or timezone.now()
    for status in _backlogs(run):
        if status.state != Freshness.FRESH or _is_count_old(status, now):
            reason = _note_units(status, run, count_backlog(status, now), now)
            settle(status, reason=reason, now=now, run_id=run.pk)


@receiver(attempt_failed)
def note_failure(
    *, run: SyncRun, failure: Failure, now: dt.datetime | None = None, **_: Any
) -> None:
    """Count the failure of a try, and keep why; nothing gets younger by it."""
    if run.is_dry_run:
        return
    now = now or timezone.now()
    for status in _statuses(run):
        if run.mode in _PARTIAL and not is_stage(status):
            continue
        status.last_attempt_at, status.last_run_id = now, run.pk
        _fail(status, failure.failure_type, failure.code, failure.user_message)
        settle(status, reason=FAILURE, now=now, run_id=run.pk)


@receiver(run_failed)
def note_end(*, run: SyncRun, now: dt.datetime | None = None, **_: Any) -> None:
    """Count what a run of a stage has left; why it failed was told with its last try."""
    now = now or timezone.now()
    for status in _backlogs(run):
        count_backlog(status, now)
        settle(status, reason=FAILURE, now=now, run_id=run.pk)


@receiver(step_ended)
def note_step(*, run: SyncRun, step: RunStep, now: dt.datetime | None = None, **_: Any) -> None:
    """Move the step's own dataset, whatever becomes of the run and of its other steps.

    One that was skipped moves nothing: nobody looked.
    """
    is_moved = step.dataset and step.state != StepState.SKIPPED and not run.is_dry_run
    status = _status(run, step.dataset) if is_moved else None
    if status is None:
        return
    now = now or timezone.now()
    status.last_attempt_at, status.last_run_id = now, run.pk
    is_success = step.state == StepState.SUCCEEDED
    if is_success:
        ended_at = step.finished_at or now
        _succeed(status, began_at=step.started_at, ended_at=ended_at)
        if step.changed_count:
            status.last_changed_at = ended_at
    else:
        _fail(status, step.failure_type, step.error_code, step.user_message)
    settle(status, reason=SUCCESS if is_success else FAILURE, now=now, run_id=run.pk)


@receiver(job_paused)
def note_pause(*, job: Job, now: dt.datetime | None = None, **_: Any) -> None:
    """Say of what a job refreshes that nothing comes by itself."""
    _settle_all(job, reason=PAUSED, now=now or timezone.now())


@receiver(job_resumed)
def note_resume(*, job: Job, now: dt.datetime | None = None, **_: Any) -> None:
    """Say again how old what a job refreshes is; the pause has made nothing younger."""
    _settle_all(job, reason=RESUMED, now=now or timezone.now())


def _note_whole(status: DatasetStatus, run: SyncRun, now: dt.datetime) -> None:
    """Note that a run has read all that there was to read."""
    had_rows = status.row_count > 0 or status.warning_code == SUDDENLY_EMPTY
    _succeed_by(status, run, now)
    status.warning_code = SUDDENLY_EMPTY if had_rows and _is_empty(status, run) else ""
    if status.name == DROP_FOLDER:
        status.failed_count = run.failed_count
    status.row_count = _rows(status, run)


def _note_pass(status: DatasetStatus, run: SyncRun, now: dt.datetime) -> str:
    """Note that every unit of a stage that was due had its turn; return what that comes to."""
    units = count_backlog(status, now)
    if units.pending or run.failed_count:
        return _note_units(status, run, units, now)
    _succeed_by(status, run, now)
    return SUCCESS


def _note_units(status: DatasetStatus, run: SyncRun, units: Units, now: dt.datetime) -> str:
    """Note what the last slice of a run made of the units of a stage; return what that comes to.

    What the slices before it did has been noted. Where each unit failed for good that is a
    failure, and where each waits to be tried again nothing has happened yet.
    """
    if run.slice_new_count > 0:
        _succeed_by(status, run, now)
        return SUCCESS
    status.last_attempt_at, status.last_run_id = now, run.pk
    if not run.slice_failed_count:
        return TIME
    why = CODES[units.main_code].sentence if units.main_code in CODES else ""
    _fail(status, FailureType.DATA, units.main_code, why)
    return FAILURE


def _succeed_by(status: DatasetStatus, run: SyncRun, now: dt.datetime) -> None:
    ended_at = run.finished_at or now
    status.last_attempt_at, status.last_run_id = now, run.pk
    _succeed(status, began_at=_as_of(run) or now, ended_at=ended_at)
    if run.new_count or run.updated_count:
        status.last_changed_at = ended_at


def _as_of(run: SyncRun) -> dt.datetime | None:
    """Return how old what a run has read is: as its start, but no younger than the files of one."""
    if run.kind != JobKind.IMPORT or run.started_at is None:
        return run.started_at
    files = ImportFile.objects.filter(job_id=run.job_id)
    received_at = files.aggregate(first=Min("received_at"))["first"]
    return min(run.started_at, received_at or run.started_at)


def _succeed(status: DatasetStatus, *, began_at: dt.datetime, ended_at: dt.datetime) -> None:
    """Move the age of a dataset, which never goes back, and forget what failed before."""
    status.as_of = max(began_at, status.as_of or began_at)
    status.last_success_at = max(ended_at, status.last_success_at or ended_at)
    status.consecutive_failures = 0
    status.failure_type = status.error_code = status.user_message = ""


def _fail(status: DatasetStatus, failure_type: str, code: str, sentence: str) -> None:
    """Count a failure and keep why; what only people can mend is told until it is mended."""
    keeps_old = needs_action(status) and failure_type != FailureType.CONFIG
    status.consecutive_failures += 1
    if not keeps_old:
        status.failure_type, status.error_code = failure_type, code
        status.user_message = sentence


def _expect_units(run: SyncRun, now: dt.datetime) -> None:
    """Let the tick count the stages, which have more to do by what an import has brought."""
    if not _OF_STAGES.isdisjoint(datasets_of(run.kind)):
        return
    for name in sorted(_OF_STAGES):
        status = lock(run.org_id, name)
        DatasetStatus.objects.filter(pk=status.pk).update(alert_at=now)


def _rows(status: DatasetStatus, run: SyncRun) -> int:
    """Return what the dataset holds by now: of a folder, the files that a look has found."""
    if status.name == DROP_FOLDER and run.mode not in _PARTIAL:
        return run.expected_count or 0
    if status.name == SAVED_ITEMS and status.connection_id is not None:
        return count_assets(status.connection_id)
    return status.row_count


def _is_empty(status: DatasetStatus, run: SyncRun) -> bool:
    """Return whether a run that found nothing has found its source empty, not just unchanged."""
    if status.name == DROP_FOLDER:
        return not run.expected_count
    kind = kind_of(run.kind)
    reads_all = run.mode == RunMode.NORMAL and isinstance(kind, SourceKind) and kind.reads_all
    return reads_all and run.raw_count == 0


def _is_count_old(status: DatasetStatus, now: dt.datetime) -> bool:
    return status.counted_at is None or now - status.counted_at >= _COUNT_AGAIN_AFTER


def _statuses(run: SyncRun) -> Iterator[DatasetStatus]:
    """Yield what a run as a whole refreshes, locked: not what steps of it have of their own."""
    names = datasets_of(run.kind)
    if not names:
        return
    of_steps = set(RunStep.objects.filter(run_id=run.pk).values_list("dataset", flat=True))
    for name in sorted(set(names) - of_steps):
        status = _status(run, name)
        if status is not None:
            yield status


def _backlogs(run: SyncRun) -> Iterator[DatasetStatus]:
    """Yield what a run of a stage works off, locked."""
    if not _OF_STAGES.isdisjoint(datasets_of(run.kind)):
        yield from _statuses(run)


def _status(run: SyncRun, name: str) -> DatasetStatus | None:
    """Return the row of a dataset that ``run`` refreshes.

    None before its source is known, and once nobody wants it refreshed any more: a folder that is
    watched no longer, whose last look fails.
    """
    if not run.job.is_one_off and run.job.state == JobState.ARCHIVED:
        return None
    if not DATASETS[name].is_of_connection:
        return lock(run.org_id, name, job=run.job)
    if run.connection_id is None:
        return None
    return lock(run.org_id, name, connection_id=run.connection_id, job=run.job)


def _settle_all(job: Job, *, reason: str, now: dt.datetime) -> None:
    for name in datasets_of(job.kind):
        if not job.is_one_off and DATASETS[name].is_of_connection == bool(job.connection_id):
            lock(job.org_id, name, connection_id=job.connection_id, job=job)
    keys = DatasetStatus.objects.filter(job=job).order_by("name").values_list("pk", flat=True)
    for key in keys:
        settle(locked(key), reason=reason, now=now)
