"""What is tidied up once a day, organization by organization."""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone

from ingestion.imports.files import delete_stray_bytes
from ingestion.imports.services import delete_old_bytes, end_held_imports
from ingestion.models import RunItem, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from ingestion.stages.queueing import start_stage_run
from media.models.stage import Stage
from media.upkeep import delete_orphan_blobs, purge_trash
from tenants.scope import current_org_id, org_scope
from tenants.services.lookup import all_org_ids

logger = logging.getLogger(__name__)

# A tick has a minute; what is left of the organizations is done by the ticks that follow.
BUDGET_S = 20.0
BUSY_S = 90
REMEMBERED_S = 2 * 24 * 3600
# What a pre-flight says of single records is of use until its import has run.
DRY_RUN_ITEMS_KEPT = timedelta(days=7)
ITEMS_AT_ONCE = 50_000


def run_upkeep(*, budget_s: float = BUDGET_S) -> int:
    """Tidy up the organizations that have not been today (UTC); return how many were.

    Every chore may run twice, and one that was broken off is taken up by a later tick, so a
    kill costs nothing. Processes that come here at the same time do it once.
    """
    day = f"upkeep:{timezone.now():%Y-%m-%d}"
    if cache.get(day) or not cache.add("upkeep:busy", 1, BUSY_S):
        return 0
    ends_at = time.monotonic() + budget_s
    tidied = 0
    try:
        for org_id in all_org_ids():
            mark = f"{day}:{org_id}"
            if cache.get(mark):
                continue
            if time.monotonic() >= ends_at:
                return tidied
            _tidy(org_id)
            cache.set(mark, 1, REMEMBERED_S)
            tidied += 1
        cache.set(day, 1, REMEMBERED_S)
    finally:
        cache.delete("upkeep:busy")
    return tidied


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
    """
    writing = SyncRun.objects.filter(kind=JobKind.IMPORT, state=RunState.RUNNING, is_dry_run=False)
    return 0 if writing.exists() else delete_orphan_blobs()


def wake_stages() -> None:
    """Queue a run for each stage that has units to work, whatever became of their last run."""
    for stage in Stage:
        start_stage_run(current_org_id(), stage)


CHORES: tuple[Callable[[], object], ...] = (
    end_held_imports,
    delete_old_bytes,
    delete_stray_bytes,
    prune_dry_run_items,
    purge_trash,
    sweep_blobs,
    wake_stages,
)


def _tidy(org_id: uuid.UUID) -> None:
    """Do each chore in a transaction of its own; one that fails is tried again tomorrow."""
    for chore in CHORES:
        try:
            with org_scope(org_id):
                chore()
        except (OSError, DatabaseError):
            logger.exception("Upkeep %s of organization %s failed.", chore.__name__, org_id)
