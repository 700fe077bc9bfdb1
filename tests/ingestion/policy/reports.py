"""Assets and who reported them."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from connectors.models import Connection
from ingestion.models import AssetOrigin, SourceCheckpoint
from ingestion.syncs.state import Mark
from media.models import Asset
from tenants.models import Organization
from tests.connectors.policy.reviews import OFFICIAL
from tests.media.making import make_asset

Via = AssetOrigin.Via


def linked(org: Organization, name: str = "Pinterest: ada", **values: Any) -> Connection:
    """Store a connection whose account the official connector reads."""
    said: dict[str, Any] = {"source": "pinterest", "connector": OFFICIAL}
    return Connection.objects.create(org=org, name=name, **said | values)


def by_file(org: Organization) -> Connection:
    """Store a connection whose files people bring."""
    return linked(org, "My exports", connector="")


def report(
    asset: Asset, connection: Connection, via: Via = Via.API, *, days_ago: float = 0
) -> AssetOrigin:
    """Say that a connection has brought an asset, so many days ago."""
    origin = AssetOrigin.objects.create(
        org_id=asset.org_id,
        asset=asset,
        connection=connection,
        via=via,
        first_run_id=uuid.uuid4(),
        changed_run_id=uuid.uuid4(),
        raw={"note": "as it came"},
    )
    AssetOrigin.objects.filter(pk=origin.pk).update(first_seen_at=days(days_ago))
    return origin


def reported(connection: Connection, title: str, *, days_ago: float = 0, **values: Any) -> Asset:
    """Store an asset that came through the connection's API alone."""
    asset = make_asset(connection.org, title, **values)
    report(asset, connection, days_ago=days_ago)
    return asset


def swept(connection: Connection, *, days_ago: float) -> None:
    """Say that a run has read all of the account."""
    mark = Mark(swept_at=days(days_ago).isoformat())
    SourceCheckpoint.objects.create(
        org=connection.org, connection=connection, stream="sync", cursor=mark.packed()
    )


def days(ago: float) -> dt.datetime:
    """Return the moment so many days ago."""
    return timezone.now() - dt.timedelta(days=ago)
