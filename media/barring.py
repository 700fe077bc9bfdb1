"""What may not be done with assets, by the terms of who gave them: an app above knows."""

from collections.abc import Callable
from typing import Final

from django.db.models import QuerySet

from media.models import Asset

# Of a unit whose work the terms of its source do not allow.
NOT_PERMITTED: Final = "use_not_permitted"

_find: list[Callable[[str], QuerySet[Asset]]] = []


def register_barring(find: Callable[[str], QuerySet[Asset]]) -> None:
    """Make known what finds the assets that may not be used so; while the apps get ready."""
    _find[:] = [find]


def barred_assets(use: str) -> QuerySet[Asset]:
    """Return the assets of the organization in scope that may not be used so.

    To be filtered on, such as by one asset; no query by itself.

    Args:
        use: of ``connectors.base.Use``: ``store``, ``ai``, ``faces``.
    """
    return _find[0](use) if _find else Asset.objects.none()
