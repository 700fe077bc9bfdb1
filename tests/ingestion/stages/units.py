"""Units of the stages in tests, queued and worked."""

from collections.abc import Sequence

from ingestion.models import SyncRun
from ingestion.stages.queueing import start_stage_run
from media.models import AssetMedia, StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tests.ingestion.support import make_due, work
from tests.media.making import make_asset


def queue_pictures(
    org: Organization, addresses: Sequence[str], *, fallbacks: Sequence[str] = ()
) -> list[StageState]:
    """Let pictures wait to be fetched from ``addresses``, in this order."""
    states = []
    for number, address in enumerate(addresses):
        asset = make_asset(org, picture_count=1, media_status="image")
        picture = AssetMedia.objects.create(
            org=org,
            asset=asset,
            position=0,
            key=f"picture:{number}",
            url=address,
            fallbacks=list(fallbacks),
        )
        states.append(StageState.objects.create(org=org, stage=Stage.FETCH, media=picture))
    return states


def queue_stage(org: Organization, stage: str) -> SyncRun:
    """Return the run that waits for the units of ``stage``, due at once."""
    run = start_stage_run(org.pk, stage)
    assert run is not None
    make_due(run.pk, org)
    return run


def work_stage(org: Organization, stage: str) -> SyncRun:
    """Work a slice of ``stage`` that ends when nothing of it is due."""
    return work(queue_stage(org, stage))


def statuses(stage: str) -> dict[str, int]:
    """Return how many units of ``stage`` stand where."""
    found: dict[str, int] = {}
    for status in StageState.objects.filter(stage=stage).values_list("status", flat=True):
        found[StageStatus(status).value] = found.get(status, 0) + 1
    return found
