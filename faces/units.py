"""Units of the stage ``faces``: which pictures are to be analysed, and by which engine they were.

The same bytes are analysed once by an engine: a unit says which one made its result, and only
another engine, or a permission that was not there before, puts it in line again.
"""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from faces.engine.spec import spec_of
from faces.queries import eligible_blobs, live_consent
from media.models import Blob, Rendition, StageState
from media.models.blob import RenditionName
from media.models.stage import Stage, StageStatus
from tenants.scope import current_org_id

_INSERT = """
INSERT INTO media_stagestate (id, org_id, stage, blob_id, status, error_code, attempts)
SELECT gen_random_uuid(), %s, 'faces', e.id, 'pending', '', 0 FROM ({eligible}) e (id)
ON CONFLICT (org_id, blob_id, stage) WHERE blob_id IS NOT NULL DO NOTHING
"""


def engine_key() -> str:
    """Return the key of the installation's engine; empty where it has none."""
    return spec_of(settings.FACES_ENGINE).key if settings.FACES_ENGINE else ""


def add_units(blob_ids: Iterable[uuid.UUID] | None = None) -> int:
    """Put in line what may be analysed and was not, by the installation's engine.

    In the organization's scope; returns how many units there are more. What cannot be decoded is
    never looked at, so it has to have its renditions first.

    Args:
        blob_ids: look at these alone; at all of the organization by default.
    """
    if not engine_key() or live_consent() is None:
        return 0
    blobs = _analysable(blob_ids)
    states = StageState.objects.filter(stage=Stage.FACES, blob=OuterRef("pk"))
    sql, params = blobs.filter(~Exists(states)).values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(eligible=sql), [current_org_id(), *params])
        added = int(cursor.rowcount)
    again = missing(StageState.objects.filter(stage=Stage.FACES), blob_ids=blob_ids)
    return added + again.update(
        status=StageStatus.PENDING, attempts=0, due_at=Now(), waiting_since=Now()
    )


def missing(
    states: QuerySet[StageState], *, blob_ids: Iterable[uuid.UUID] | None = None
) -> QuerySet[StageState]:
    """Return those of ``states`` that ended without a result of the engine, and may have one."""
    without = Q(status=StageStatus.NOT_APPLICABLE) | (
        Q(status=StageStatus.DONE) & ~Q(made_with=engine_key())
    )
    return states.filter(without, blob__in=_analysable(blob_ids).values("pk"))


def missing_blobs() -> QuerySet[Blob]:
    """Return the pictures that may be analysed, were not, and have not failed."""
    settled = StageState.objects.filter(stage=Stage.FACES, blob=OuterRef("pk")).filter(
        Q(status=StageStatus.FAILED) | Q(status=StageStatus.DONE, made_with=engine_key())
    )
    return _analysable(None).filter(~Exists(settled))


def _analysable(blob_ids: Iterable[uuid.UUID] | None) -> QuerySet[Blob]:
    previews = Rendition.objects.filter(blob=OuterRef("pk"), name=RenditionName.PREVIEW)
    blobs = eligible_blobs().filter(Exists(previews))
    return blobs if blob_ids is None else blobs.filter(pk__in=list(blob_ids))
