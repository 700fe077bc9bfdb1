"""What ingestion does when something happens in the apps below."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from faces.models import FaceReceipt
from faces.signals import analysis_allowed, withdrawal_asked
from ingestion.codes import CODES
from ingestion.imports.origins import move_origins
from ingestion.models import Job, OrgSchedule, SyncRun
from ingestion.models.job import GATHERING, JobKind
from ingestion.notify.choices import forget
from ingestion.signals import (
    attempt_failed,
    batch_written,
    job_paused,
    job_resumed,
    run_cancelled,
    run_failed,
    run_succeeded,
    run_yielded,
)
from media.merging import Merge
from media.models import Operation
from media.models.stage import Stage
from media.signals import assets_merged, empty_library_asked, operation_queued
from tenants.models import Membership, Organization
from tenants.signals import membership_ended, organization_created


@receiver(organization_created)
def join_the_line(*, org: Organization, **_: Any) -> None:
    """Give a new organization its place in the fair line of the workers, and its standing jobs."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.stages.queueing import new_standing_job  # noqa: PLC0415
    from ingestion.upkeep import new_nightly_job  # noqa: PLC0415

    OrgSchedule.objects.create(org=org)
    stages = (new_standing_job(org.pk, stage) for stage in Stage)
    Job.objects.bulk_create([new_nightly_job(org.pk), *stages])


@receiver(membership_ended)
def forget_who_left(*, membership: Membership, **_: Any) -> None:
    """Delete what a person was told of an organization that they left."""
    forget(membership.user_id)


@receiver(operation_queued)
def work_the_change(*, operation: Operation, **_: Any) -> None:
    """Queue the work on a change of very many assets."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.changes import start_changes  # noqa: PLC0415

    start_changes(operation)


@receiver(run_failed)
def end_the_change(*, run: SyncRun, **_: Any) -> None:
    """End the change that a run could not make, so that those behind it are worked."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.changes import end_failed_change  # noqa: PLC0415

    if run.kind == JobKind.CHANGE:
        end_failed_change(run)


@receiver(run_cancelled)
def call_off_the_change(*, run: SyncRun, **_: Any) -> None:
    """End the change whose run was called off, so that nothing waits for it for ever."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.changes import end_cancelled_change  # noqa: PLC0415

    if run.kind == JobKind.CHANGE:
        end_cancelled_change(run)


@receiver(run_cancelled)
def call_off_the_stage(*, run: SyncRun, **_: Any) -> None:
    """Take out of line what people had put there for a run of a stage that was called off."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.stages.queueing import call_off  # noqa: PLC0415

    if run.kind in Stage.values:
        call_off(run)


@receiver(run_failed)
def go_on_with_the_stage(*, run: SyncRun, **_: Any) -> None:
    """Queue the next run over the units that a run of a stage left, so that none waits for ever."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.stages.queueing import start_after_failure  # noqa: PLC0415

    if run.kind in Stage.values:
        start_after_failure(run)


@receiver(analysis_allowed)
def look_for_faces(*, org_id: uuid.UUID, **_: Any) -> None:
    """Queue what may be analysed from now on."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.stages.queueing import queue_faces  # noqa: PLC0415

    queue_faces(org_id)


@receiver(withdrawal_asked)
def work_the_withdrawal(*, receipt: FaceReceipt, **_: Any) -> None:
    """Queue the deletion of what somebody took back."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.faces_withdrawal import start_withdrawal  # noqa: PLC0415

    start_withdrawal(receipt)


@receiver(run_failed)
@receiver(run_cancelled)
def go_on_with_the_withdrawal(*, run: SyncRun, **_: Any) -> None:
    """Queue the next run over what a withdrawal has left, so that it is kept whatever happens."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.faces_withdrawal import go_on_after  # noqa: PLC0415

    if run.kind == JobKind.FACES_WITHDRAWAL:
        go_on_after(run)


@receiver(empty_library_asked)
def was_something_brought(**_: Any) -> bool:
    """Return whether the organization in scope has an import, whatever became of it."""
    return Job.objects.filter(kind=JobKind.IMPORT).exists()


@receiver(run_succeeded)
def count_the_success(*, run: SyncRun, **_: Any) -> None:
    """Begin the row of failures of a run's job anew."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.control.accounting import count_success  # noqa: PLC0415

    count_success(run, now=timezone.now())


@receiver(run_failed)
def count_the_failure(*, run: SyncRun, **_: Any) -> None:
    """Warn of a job that keeps failing, and let it pause itself in the end."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.control.accounting import count_failure  # noqa: PLC0415

    count_failure(run, now=timezone.now())


@receiver(run_succeeded)
@receiver(run_cancelled)
@receiver(run_failed)
@receiver(attempt_failed)
def let_next_go(*, run: SyncRun, **_: Any) -> None:
    """Let what waits in line behind a run begin, once that has ended or waits itself."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.gather import line  # noqa: PLC0415

    if run.kind in GATHERING:
        line.let_next_go(run)


@receiver(run_yielded)
def let_others_by(*, run: SyncRun, **_: Any) -> None:
    """Let the next in line begin where a run goes on only once it is asked to, or told."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.gather import line  # noqa: PLC0415

    if run.kind in GATHERING:
        line.move_on(run.connection_id)


@receiver(job_paused)
@receiver(job_resumed)
def go_round_what_is_paused(*, job: Job, **_: Any) -> None:
    """Let the line go on behind a job that is paused, and begin with one that is no more."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.gather import line  # noqa: PLC0415

    if job.kind in GATHERING:
        line.move_on(job.connection_id)


@receiver(run_cancelled)
@receiver(run_failed)
def end_what_is_left(*, run: SyncRun, **_: Any) -> None:
    """Let the pictures that a run did not come to end with it."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.gather.ledger import end_unfinished  # noqa: PLC0415

    if run.kind in GATHERING:
        sentence = run.user_message or CODES["worker_lost"].sentence
        end_unfinished(run, code=run.error_code or "worker_lost", sentence=sentence)


@receiver(batch_written)
def go_on_after_analysis(*, stage: str, **_: Any) -> None:
    """Let runs go on whose pictures were analysed."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.gather import analysis  # noqa: PLC0415

    if stage == Stage.FACES:
        analysis.wake()


@receiver(run_succeeded)
def offer_pin_details(*, run: SyncRun, **_: Any) -> None:
    """Show the job over the pins on Pipelines once there are pins."""
    # Imported here: the engine needs a loaded registry.
    from ingestion.pins.kind import offer_after  # noqa: PLC0415

    offer_after(run)


@receiver(assets_merged)
def keep_origins(*, merges: Sequence[Merge], **_: Any) -> None:
    """Let it be known of an asset which connections reported those that are merged into it."""
    move_origins(merges)
