"""The stages of the pictures: how far they are, and how much there is to run again."""

from django.db.models import Exists, OuterRef

from faces.queries import eligible_blobs
from faces.units import missing_blobs
from media.again import Which
from media.links import linked_assets
from media.models import AssetMedia, Blob, Rendition, StageState
from media.models.stage import Stage, StageStatus


def count_units(stage: Stage, which: Which) -> int:
    """Return how many units of ``stage`` would be worked, in the organization in scope."""
    if which is Which.FAILED:
        return StageState.objects.filter(stage=stage, status=StageStatus.FAILED).count()
    if stage is Stage.FETCH:
        pictures = AssetMedia.objects.all()
        failed = StageState.objects.filter(
            media=OuterRef("pk"), stage=stage, status=StageStatus.FAILED
        )
        if which is Which.MISSING:
            pictures = pictures.filter(~Exists(failed), blob=None)
        return pictures.count()
    if stage is Stage.FACES:
        return (missing_blobs() if which is Which.MISSING else eligible_blobs()).count()
    if stage is Stage.LINKS:
        return _count_links(which)
    blobs = Blob.objects.all()
    failed = StageState.objects.filter(blob=OuterRef("pk"), stage=stage, status=StageStatus.FAILED)
    if which is Which.MISSING:
        made = Rendition.objects.filter(blob=OuterRef("pk"))
        blobs = blobs.filter(~Exists(failed), ~Exists(made))
    return blobs.count()


def _count_links(which: Which) -> int:
    """Return how many links nobody checked, with all others where ``which`` says so."""
    units = StageState.objects.filter(stage=Stage.LINKS)
    count = linked_assets().filter(~Exists(units.filter(asset=OuterRef("pk")))).count()
    if which is Which.ALL:
        count += units.exclude(status=StageStatus.NOT_APPLICABLE).count()
    return count
