"""Which assets may not be used for something: none of those who reported them allows it."""

import uuid
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from connectors.base import Use
from connectors.models import Connection
from connectors.policy.uses import allowing
from ingestion.models import AssetOrigin
from media.barring import NOT_PERMITTED
from media.models import Asset, StageState
from media.models.stage import StageStatus
from media.results import UnitResult


def barred_assets(use: str) -> QuerySet[Asset]:
    """Return the assets that came through APIs alone whose terms do not let them be used so.

    What a person brought as well, in a file, by a page or as an upload, is not barred: it would be
    here without the API.
    """
    origins = AssetOrigin.objects.filter(asset=OuterRef("pk"))
    allowed = Connection.objects.filter(allowing(Use(use)))
    free = ~Q(via=AssetOrigin.Via.API) | Q(connection__in=allowed.values("pk"))
    return Asset.objects.filter(Exists(origins), ~Exists(origins.filter(free)))


def barred_units(states: Sequence[StageState], use: Use) -> list[UnitResult]:
    """Return the results of those units that the terms bar; one query, none without units.

    Of units of pictures and of assets; one that is barred is no try.
    """
    if not states:
        return []
    theirs = StageState.objects.filter(pk__in=[state.pk for state in states])
    of_picture = barred_assets(use).filter(pk=OuterRef("media__asset"))
    of_asset = barred_assets(use).filter(pk=OuterRef("asset"))
    barred = theirs.filter(
        Q(media__isnull=False) & Exists(of_picture) | Q(asset__isnull=False) & Exists(of_asset)
    )
    return [refused(key) for key in barred.values_list("pk", flat=True)]


def refused(state_id: uuid.UUID) -> UnitResult:
    """Return the result of a unit that may not be worked."""
    return UnitResult(state_id, StageStatus.NOT_APPLICABLE, NOT_PERMITTED, is_attempt=False)
