"""What is tidied up every night, organization by organization: a scheduled job of each."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.utils import timezone

from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.steps import AnyStep, LongStep, Step, work_steps
from ingestion.errors import StepSkippedError
from ingestion.freshness.datasets import OLD_UPLOADS, ORPHAN_FILES, RETENTION, STORED_FILES, TRASH
from ingestion.imports.files import delete_stray_bytes
from ingestion.imports.services import delete_old_bytes, end_held_imports
from ingestion.integrity import IntegrityShares
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from ingestion.notify.inbox import prune_notifications
from ingestion.retention import prune_runs
from ingestion.schedule.due import plan_next
from ingestion.stages.queueing import start_stage_run
from media.models.stage import Stage
from media.upkeep import delete_orphan_blobs, purge_trash
from tenants.scope import current_org_id

# In the small hours (UTC), each organization at a minute of its own.
NIGHTLY = "0 1 * * *"
SPREAD_S = 4 * 3600
# What a pre-flight says of single records is of use until its import has run.
DRY_RUN_ITEMS_KEPT = timedelta(days=7)
ITEMS_AT_ONCE = 50_000


def prune_dry_run_items() -> int:
    """Delete what old pre-flights said of single records, in the organization in scope."""
    before = timezone.now() - DRY_RUN_ITEMS_KEPT
    old = SyncRun.objects.filter(is_dry_run=True, finished_at__lt=before)
    chosen = RunItem.objects.filter(run__in=old).values("pk")[:ITEMS_AT_ONCE]
    deleted, _ = RunItem.objects.filter(pk__in=chosen).delete()
    return deleted


def sweep_blobs() -> int:
    """Delete the bytes that nothing uses, unless an import of the organization is at work.

    The pictures that came with its records are stored before the rows that name them, and may
    be bytes that the sweep would take for forgotten.

    Raises:
        StepSkippedError: one is.
    """
    writing = SyncRun.objects.filter(kind=JobKind.IMPORT, state=RunState.RUNNING, is_dry_run=False)
    if writing.exists():
        raise StepSkippedError(
            "An import is at work, and may need them; the next night looks again."
        )
    return delete_orphan_blobs()


def wake_stages() -> int:
    """Queue a run for each stage that has units to work, whatever became of their last run."""
    return sum(start_stage_run(current_org_id(), stage) is not None for stage in Stage)


# Each may be done twice, and takes a bounded share; what is left is for the next night.
STEPS: tuple[AnyStep, ...] = (
    Step("held_imports", end_held_imports, is_optional=True),
    Step("old_files", delete_old_bytes, dataset=OLD_UPLOADS, is_optional=True),
    Step("stray_files", delete_stray_bytes, is_optional=True),
    Step("preflight_items", prune_dry_run_items, is_optional=True),
    Step("notifications", prune_notifications, is_optional=True),
    Step("trash", purge_trash, dataset=TRASH, is_optional=True),
    Step("orphan_blobs", sweep_blobs, dataset=ORPHAN_FILES, is_optional=True),
    Step("prune_runs", prune_runs, dataset=RETENTION, is_optional=True),
    LongStep("integrity", IntegrityShares(), dataset=STORED_FILES, is_optional=True),
    Step("stages", wake_stages, is_optional=True),
)


class UpkeepKind(Kind):
    """Tidies up one organization, chore by chore; one that fails keeps no other from being done."""

    name: ClassVar[str] = JobKind.UPKEEP
    label: ClassVar[str] = "Nightly upkeep"
    pauses_itself: ClassVar[bool] = False

    def work(self, turn: Slice) -> None:
        """Do the chores that are left."""
        work_steps(turn, STEPS)


def schedule_upkeep(org_id: uuid.UUID) -> None:
    """Give the organization in scope its nightly job."""
    job = Job(
        org_id=org_id,
        kind=JobKind.UPKEEP,
        is_one_off=False,
        cron=NIGHTLY,
        jitter_s=SPREAD_S,
        created_at=timezone.now(),
    )
    plan_next(job)
    job.save(force_insert=True)
