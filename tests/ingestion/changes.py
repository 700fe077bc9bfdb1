"""Changes of very many assets in tests: asked for, and worked as a worker would."""

import math

from ingestion.engine import claims
from ingestion.engine.drain import run_slice
from ingestion.models import SyncRun
from media import operations
from media.library import LibraryFilter
from media.models import AssetTag, Operation
from media.operations import Selection
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.ingestion.support import make_due

EVERYTHING = Selection.matching(LibraryFilter())


def tag_all(org: Organization, by: User) -> Operation:
    with org_scope(org.pk):
        return operations.add_tags(EVERYTHING, ["oak"], by)


def work(org: Organization, *, batches: float = math.inf) -> SyncRun:
    """Work so many batches of what waits, each slice as a worker would."""
    with org_scope(org.pk):
        run = SyncRun.objects.open().get(kind="change")
    make_due(run.pk, org)
    held = claims.claim(run_id=run.pk)
    assert held is not None
    left = iter(range(int(batches) - 1)) if batches != math.inf else None
    stop = (lambda: next(left, None) is None) if left is not None else lambda: False
    run_slice(held, seconds=math.inf, should_stop=stop)
    with org_scope(org.pk):
        run.refresh_from_db()
    return run


def now(org: Organization, operation: Operation) -> Operation:
    with org_scope(org.pk):
        operation.refresh_from_db()
    return operation


def tagged(org: Organization) -> int:
    with org_scope(org.pk):
        return AssetTag.objects.filter(is_rejected=False).count()
