"""What may be kept no longer: found by when its source last showed it, and removed for good.

An account shows everything whenever a run reads all of it, so what is still there counts as seen
then. What came by an account that nobody reads any more, what is gone there, and what is on a board
that we may not look at any more, grows old.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from connectors.models import Keep
from connectors.policy import gates
from ingestion.imports.merge import lock_merges
from ingestion.models import AssetOrigin
from ingestion.models.job import JobKind
from media.emptying import empty_assets
from media.models import Asset, AssetMedia, AssetTag, Board, BoardItem
from media.models.tag import TagOrigin
from media.sql import fetch_rows
from tenants.scope import current_org_id

# Assets of one transaction, with all that hangs on them.
BATCH: Final = 500

_OLD: Final = """
  FROM unnest(%(names)s::text[], %(before)s::timestamptz[], %(live)s::boolean[])
         AS limits (name, before, is_live)
  JOIN connectors_connection c ON c.org_id = %(org)s AND c.connector = limits.name
  JOIN ingestion_assetorigin o
    ON o.org_id = %(org)s AND o.connection_id = c.id AND o.via = 'api'
  JOIN media_asset a ON a.org_id = %(org)s AND a.id = o.asset_id
  LEFT JOIN ingestion_sourcecheckpoint k
    ON k.org_id = %(org)s AND k.connection_id = c.id AND k.stream = %(stream)s
 WHERE (limits.is_live AND a.is_removed_at_source)
    OR greatest(
         o.first_seen_at,
         CASE WHEN NOT a.is_removed_at_source
              THEN coalesce(o.unseen_since, nullif(k.cursor ->> 'swept_at', '')::timestamptz)
         END) < limits.before
"""
_FIND: Final = f"SELECT o.id, o.asset_id {_OLD} ORDER BY o.asset_id, o.id LIMIT %(most)s"
_COUNT: Final = f"SELECT c.connector, count(*) {_OLD} GROUP BY c.connector"


@dataclasses.dataclass(frozen=True, slots=True)
class Expired:
    """What became of a batch of assets that one of their connections may keep no longer.

    Attributes:
        deleted: they are gone for good, with all that hung on them.
        emptied: people had said something of them; that stays, with where to find the original.
        released: others reported them too; they stay as they are.
    """

    deleted: int = 0
    emptied: int = 0
    released: int = 0

    @property
    def total(self) -> int:
        """Return how many assets it was about."""
        return self.deleted + self.emptied + self.released


def expire(now: dt.datetime | None = None) -> Expired:
    """Remove some of what may be kept no longer in the organization in scope.

    No tombstones: what an account shows again comes in again.
    """
    limits = _limits(now or timezone.now())
    if not limits["names"]:
        return Expired()
    with connection.cursor() as cursor:
        # No page brings back meanwhile what is judged here.
        lock_merges(cursor, current_org_id())
    found = fetch_rows(_FIND, limits | {"most": BATCH})
    AssetOrigin.objects.filter(pk__in=[key for key, _ in found]).delete()
    return _settle({asset for _, asset in found})


def expire_some() -> int:
    """Remove some; return how many assets that was about, so 0 once nothing is left."""
    return expire().total


def count_expired(now: dt.datetime | None = None) -> dict[str, int]:
    """Return, by connector, how many reports of assets may be kept no longer; changes nothing."""
    limits = _limits(now or timezone.now())
    if not limits["names"]:
        return {}
    return {str(name): int(count) for name, count in fetch_rows(_COUNT, limits)}


def _limits(now: dt.datetime) -> dict[str, Any]:
    limited = [
        (name, gate.retention.keep, gate.retention.days)
        for name, gate in gates().items()
        if gate.retention.days is not None
    ]
    return {
        "org": current_org_id(),
        "stream": JobKind.SYNC.value,
        "names": [name for name, _, _ in limited],
        "before": [now - dt.timedelta(days=days) for _, _, days in limited],
        "live": [keep is Keep.LIVE for _, keep, _ in limited],
    }


def _settle(assets: Collection[uuid.UUID]) -> Expired:
    """Remove the assets, as far as nobody else holds them."""
    origins = AssetOrigin.objects.filter(asset=OuterRef("pk"))
    left = Asset.objects.filter(pk__in=assets).filter(~Exists(origins))
    said = set(left.filter(_is_said_of()).values_list("pk", flat=True))
    gone = set(left.exclude(pk__in=said).values_list("pk", flat=True))
    boards = BoardItem.objects.filter(asset__in=said | gone, in_source=True)
    places = set(boards.values_list("board_id", flat=True))
    # Through the models: what hangs on an asset is known to apps above as well.
    Asset.objects.filter(pk__in=gone).delete()
    empty_assets(said)
    drop_empty_boards(places)
    return Expired(len(gone), len(said), len(assets) - len(gone) - len(said))


def _is_said_of() -> Q:
    """Return the condition that people said something of an asset, or brought its picture."""
    by_hand = AssetTag.objects.filter(asset=OuterRef("pk"), origin=TagOrigin.HUMAN)
    placed = BoardItem.objects.filter(asset=OuterRef("pk"), own_choice=BoardItem.Choice.ADDED)
    uploaded = AssetMedia.objects.filter(asset=OuterRef("pk"), is_uploaded=True)
    has_words = ~Q(own_title="") | ~Q(own_text="")
    return has_words | Q(Exists(by_hand)) | Q(Exists(placed)) | Q(Exists(uploaded))


def drop_empty_boards(boards: Collection[uuid.UUID]) -> None:
    """Delete those boards of a source whose last asset went.

    Those that people named, or that a file told of, stay.
    """
    items = BoardItem.objects.filter(board=OuterRef("pk"))
    mirrored = Board.objects.filter(pk__in=boards, own_name="", is_from_file=False).exclude(
        source_key=""
    )
    mirrored.filter(~Exists(items)).delete()
