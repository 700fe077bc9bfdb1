"""Stages run again: over what is missing, what failed, or all."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce, Now

from media.barring import NOT_PERMITTED, barred_assets
from media.links import add_units as add_links
from media.models import Asset, LinkPreview, Rendition, StageState
from media.models.stage import Stage, StageStatus
from tenants.scope import current_org_id


class Which(models.TextChoices):
    """Which units of a stage."""

    MISSING = "missing", "What is missing"
    FAILED = "failed", "What failed"
    ALL = "all", "All"


# Units that no row speaks of, such as those of a stage that is new.
_ADD_UNITS = {
    Stage.FETCH: """
INSERT INTO media_stagestate (id, org_id, stage, media_id, status, error_code, attempts)
SELECT gen_random_uuid(), %(org)s, 'fetch', m.id, 'pending', '', 0 FROM media_assetmedia m
 WHERE m.org_id = %(org)s AND NOT EXISTS (
   SELECT FROM media_stagestate s
    WHERE s.org_id = %(org)s AND s.media_id = m.id AND s.stage = 'fetch')""",
    Stage.RENDITION: """
INSERT INTO media_stagestate (id, org_id, stage, blob_id, status, error_code, attempts)
SELECT gen_random_uuid(), %(org)s, 'rendition', b.id, 'pending', '', 0 FROM media_blob b
 WHERE b.org_id = %(org)s AND NOT EXISTS (
   SELECT FROM media_stagestate s
    WHERE s.org_id = %(org)s AND s.blob_id = b.id AND s.stage = 'rendition')""",
}

# What :func:`requeue` has put to nought.
_COUNT_FAILED = """
UPDATE media_asset a SET failed_count = c.failed
  FROM (SELECT m.asset_id, count(*) AS failed
          FROM media_stagestate s
          JOIN media_assetmedia m ON m.org_id = s.org_id AND m.id = s.media_id
         WHERE s.org_id = %(org)s AND s.stage = 'fetch' AND s.status = 'failed'
         GROUP BY m.asset_id) c
 WHERE a.org_id = %(org)s AND a.id = c.asset_id AND a.failed_count <> c.failed
"""


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a stage that an app above knows.

    Attributes:
        add: as :func:`add_units`.
        missing: keeps of units that have ended those without a result that may have one.
    """

    add: Callable[[], int]
    missing: Callable[[QuerySet[StageState]], QuerySet[StageState]]


_UNITS: dict[Stage, Units] = {}


def register_units(stage: str, units: Units) -> None:
    """Make the units of a stage known that this app does not know; while the apps get ready."""
    _UNITS[Stage(stage)] = units


def requeue(stage: Stage, which: Which) -> int:
    """Make units of ``stage`` pending again, with no attempts, due now; return how many.

    Works in the organization in scope. What was stored or made stays until it is replaced.
    """
    ended = StageState.objects.filter(stage=stage).exclude(status=StageStatus.PENDING)
    if which is Which.FAILED:
        ended = ended.filter(status=StageStatus.FAILED)
    elif which is Which.MISSING:
        ended = _without_result(ended.exclude(status=StageStatus.FAILED), stage)
    count = ended.update(
        status=StageStatus.PENDING,
        former=F("status"),
        attempts=0,
        due_at=Now(),
        waiting_since=Now(),
    )
    if which is not Which.FAILED:
        count += add_units(stage)
    if stage is Stage.FETCH and which is not Which.MISSING:
        Asset.objects.filter(failed_count__gt=0).update(failed_count=0)
    return count


def take_up_permitted() -> int:
    """Make units pending that were not permitted, and are by now; return how many.

    Works in the organization in scope.
    """
    not_permitted = StageState.objects.filter(
        status=StageStatus.NOT_APPLICABLE, error_code=NOT_PERMITTED
    )
    barred = barred_assets("store").filter(pk=OuterRef("unit"))
    units = not_permitted.alias(unit=Coalesce("media__asset", "asset"))
    return units.filter(~Exists(barred), unit__isnull=False).update(
        status=StageStatus.PENDING,
        error_code="",
        attempts=0,
        due_at=Now(),
        waiting_since=Now(),
    )


def put_back(stage: Stage) -> int:
    """Let units that wait since :func:`requeue` stand as before; return how many.

    Works in the organization in scope. What waited before all the same goes on waiting.
    """
    waiting = StageState.objects.filter(stage=stage, status=StageStatus.PENDING)
    count = waiting.exclude(former="").update(status=F("former"), former="", updated_at=Now())
    if count and stage is Stage.FETCH:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_FAILED, {"org": current_org_id()})
    return count


def hasten(stage: Stage) -> int:
    """Let pending units of ``stage`` that wait for a later try be due now; return how many.

    Works in the organization in scope. Their tries stay counted. Those whose site asked us to
    wait go on waiting: it would only ask again.
    """
    later = StageState.objects.filter(stage=stage, status=StageStatus.PENDING, due_at__gt=Now())
    return later.exclude(error_code="rate_limited").update(due_at=Now())


def add_units(stage: Stage) -> int:
    """Make pending what belongs to ``stage`` and no row speaks of; return how many units.

    Works in the organization in scope.
    """
    if stage in _UNITS:
        return _UNITS[stage].add()
    if stage is Stage.LINKS:
        return add_links()
    with connection.cursor() as cursor:
        cursor.execute(_ADD_UNITS[stage], {"org": current_org_id()})
        return int(cursor.rowcount)


def _without_result(states: QuerySet[StageState], stage: Stage) -> QuerySet[StageState]:
    if stage in _UNITS:
        return _UNITS[stage].missing(states)
    if stage is Stage.FETCH:
        barred = barred_assets("store").filter(pk=OuterRef("media__asset"))
        return states.filter(~Exists(barred), media__blob=None)
    if stage is Stage.LINKS:
        looked_at = LinkPreview.objects.filter(asset=OuterRef("asset"))
        return states.filter(~Exists(looked_at), status=StageStatus.DONE)
    return states.exclude(Exists(Rendition.objects.filter(blob=OuterRef("blob"))))
