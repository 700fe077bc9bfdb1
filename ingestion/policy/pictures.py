"""Pictures that were stored before their source's terms were found not to let them be."""

from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from connectors.base import Use
from connectors.models import Connection
from connectors.policy import declared
from connectors.policy.uses import allowing
from ingestion.models import AssetOrigin
from ingestion.policy.barring import barred_assets
from media.emptying import let_go_of_pictures
from media.models import AssetMedia

# Of one transaction.
BATCH: Final = 500


def let_go_of_some() -> int:
    """Forget the bytes of some pictures that may not be kept; return how many.

    In the organization in scope. The upkeep deletes bytes that nothing shows by then.
    """
    shut = _shut_connections()
    if not shut.exists():
        return 0
    media = list(_held(shut).order_by("pk").values_list("pk", flat=True)[:BATCH])
    let_go_of_pictures(media)
    return len(media)


def count_held() -> dict[str, int]:
    """Return, by connector, how many pictures are held that may not be; changes nothing."""
    return {
        name: count
        for name in _shut_connections().values_list("connector", flat=True).distinct()
        if (count := _held(_shut_connections().filter(connector=name)).count())
    }


def _shut_connections() -> QuerySet[Connection]:
    """Return the connections of which no pictures may be kept.

    Not those whose connector is gone: nobody knows its terms, so nothing is destroyed for them.
    """
    known = [way.name for way in declared()]
    return Connection.objects.filter(connector__in=known).exclude(allowing(Use.STORE))


def _held(shut: QuerySet[Connection]) -> QuerySet[AssetMedia]:
    origins = AssetOrigin.objects.filter(
        asset=OuterRef("asset"), via=AssetOrigin.Via.API, connection__in=shut.values("pk")
    )
    barred = barred_assets(Use.STORE).filter(pk=OuterRef("asset"))
    held = AssetMedia.objects.filter(blob__isnull=False, is_uploaded=False)
    return held.filter(Exists(origins), Exists(barred))
