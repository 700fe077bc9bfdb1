"""How many pictures are still to come."""

import dataclasses

from media.models import AssetMedia, StageState
from media.models.stage import Stage, StageStatus


@dataclasses.dataclass(frozen=True, slots=True)
class PictureProgress:
    """Pictures of the organization: how many there are, and how many are not here yet."""

    waiting: int
    total: int


def picture_progress() -> PictureProgress:
    """Count what waits to be fetched or made small; the total only where something does."""
    waiting = StageState.objects.filter(
        stage__in=[Stage.FETCH, Stage.RENDITION], status=StageStatus.PENDING
    ).count()
    return PictureProgress(waiting, AssetMedia.objects.count() if waiting else 0)
