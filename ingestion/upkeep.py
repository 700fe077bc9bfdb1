"""What is tidied up every night, organization by organization: a scheduled job of each."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import ClassVar

from django.utils import timezone

from faces.upkeep import forget_vectors
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.steps import AnyStep, LongStep, Step, work_steps
from ingestion.faces_withdrawal import FaceErasures, StrayCrops
from ingestion.freshness.datasets import OLD_UPLOADS, ORPHAN_FILES, RETENTION, STORED_FILES, TRASH
from ingestion.imports.services import end_held_imports
from ingestion.integrity import IntegrityShares
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.job import JobKind
from ingestion.notify.inbox import prune_notifications
from ingestion.policy.expiry import expire_some
from ingestion.policy.pictures import let_go_of_some
from ingestion.retention import prune_runs
from ingestion.schedule.due import plan_next
from ingestion.shares import Batches, OldFiles, OrphanBlobs, StrayFiles
from ingestion.stages.queueing import start_stage_run
from media.again import take_up_permitted
from media.models.stage import Stage
from media.upkeep import purge_trash
from tenants.scope import current_org_id

# In the small hours (UTC), each organization at a minute of its own.
NIGHTLY = "0 1 * * *"
SPREAD_S = 4 * 3600
# What a pre-flight says of single records is of use until its import has run.
DRY_RUN_ITEMS_KEPT = timedelta(days=7)
# Of one transaction.
ITEMS_AT_ONCE = 5_000


def prune_dry_run_items() -> int:
    """Delete some of what old pre-flights said of single records, in the organization in scope."""
    before = timezone.now() - DRY_RUN_ITEMS_KEPT
    old = SyncRun.objects.filter(is_dry_run=True, finished_at__lt=before)
    chosen = RunItem.objects.filter(run__in=old).values("pk")[:ITEMS_AT_ONCE]
    deleted, _ = RunItem.objects.filter(pk__in=chosen).delete()
    return deleted


def wake_stages() -> int:
    """Queue a run for each stage that has units to work, whatever became of their last run."""
    return sum(start_stage_run(current_org_id(), stage) is not None for stage in Stage)


def _batches(name: str, work: Callable[[], int], dataset: str = "") -> LongStep:
    return LongStep(name, partial(Batches, work), dataset=dataset, is_optional=True)


# Each may be done twice, and in a night that is too short what is left is for the next.
STEPS: tuple[AnyStep, ...] = (
    Step("held_imports", end_held_imports, is_optional=True),
    LongStep("old_files", OldFiles, dataset=OLD_UPLOADS, is_optional=True),
    LongStep("stray_files", StrayFiles, is_optional=True),
    _batches("preflight_items", prune_dry_run_items),
    _batches("notifications", prune_notifications),
    _batches("trash", purge_trash, TRASH),
    # Before the pictures and faces that they leave behind.
    _batches("source_expiry", expire_some),
    _batches("source_pictures", let_go_of_some),
    Step("source_permits", take_up_permitted, is_optional=True),
    # Before the pictures that they are found in.
    LongStep("faces", FaceErasures, is_optional=True),
    _batches("face_vectors", forget_vectors),
    LongStep("stray_crops", StrayCrops, is_optional=True),
    LongStep("orphan_blobs", OrphanBlobs, dataset=ORPHAN_FILES, is_optional=True),
    _batches("prune_runs", prune_runs, RETENTION),
    LongStep("integrity", IntegrityShares, dataset=STORED_FILES, is_optional=True),
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


def new_nightly_job(org_id: uuid.UUID) -> Job:
    """Return the upkeep of an organization, as each gets it, not saved yet."""
    job = Job(
        org_id=org_id,
        kind=JobKind.UPKEEP,
        is_one_off=False,
        cron=NIGHTLY,
        jitter_s=SPREAD_S,
        created_at=timezone.now(),
    )
    plan_next(job)
    return job
