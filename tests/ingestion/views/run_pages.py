"""Addresses of the pages of a run, and runs that ended badly."""

from django.utils import timezone

from ingestion.engine import runs as engine
from ingestion.models import SyncRun
from ingestion.taxonomy import Failure
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.ingestion.stages.units import queue_pictures, queue_stage
from tests.ingestion.support import claimed


def address(run: SyncRun, name: str = "run") -> str:
    with org_scope(run.org_id):
        return org_reverse(run.org, f"ingestion:{name}", run_id=run.pk)


def fail(run: SyncRun, failure: Failure) -> None:
    held = claimed(run)
    with org_scope(run.org_id):
        engine.fail_run(held, failure)


def failed_fetch(org: Organization, *, count: int = 1) -> SyncRun:
    """Return a run of the stage that gave ``count`` pictures up."""
    with org_scope(org.pk):
        states = queue_pictures(org, [f"https://example.com/{n}.jpg" for n in range(count)])
        run = queue_stage(org, Stage.FETCH)
        held = claimed(run)
        StageState.objects.filter(pk__in=[state.pk for state in states]).update(
            status=StageStatus.FAILED, error_code="not_found", updated_at=timezone.now()
        )
        SyncRun.objects.filter(pk=run.pk).update(raw_count=count, failed_count=count)
        engine.finish_run(held, with_warnings=True)
    return run
