"""Datasets that change, and what people are told of it."""

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from connectors.models import Connection
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetFlip, DatasetStatus, Notification
from ingestion.notify.tick import tell
from tenants.models import Organization, User
from tenants.scope import org_scope

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 5, 6, 12, 0, tzinfo=dt.UTC)
FRESH, LATE, STALE = Freshness.FRESH, Freshness.LATE, Freshness.STALE
ACTION, PAUSED, NEVER = Freshness.ACTION, Freshness.PAUSED, Freshness.NEVER

# Of ``dataset(org)``.
LATE_TITLE = "Pictures of Acme are late"
STALE_TITLE = "Pictures of Acme are out of date"
ACTION_TITLE = "Pictures of Acme need you"
WELL_TITLE = "Pictures of Acme are up to date again"


def dataset(org: Organization, name: str = "pictures", **values: Any) -> DatasetStatus:
    """Make a dataset of ``org`` that is as of noon, two days before ``NOON``."""
    with org_scope(org.pk):
        return DatasetStatus.objects.create(
            org=org, name=name, **{"as_of": NOON - 2 * DAY, **values}
        )


def connection(org: Organization, name: str = "Pinterest") -> Connection:
    with org_scope(org.pk):
        return Connection.objects.create(org=org, source="pinterest", name=name)


def flip(status: DatasetStatus, *states: str) -> None:
    """Let a dataset go through ``states``, each a second after the other."""
    at = timezone.now()
    with org_scope(status.org_id):
        for place, (old, new) in enumerate(itertools.pairwise(states)):
            DatasetFlip.objects.create(
                org_id=status.org_id,
                dataset=status,
                old_state=old,
                new_state=new,
                reason="time",
                at=at + dt.timedelta(seconds=place),
            )


def flip_and_tell(status: DatasetStatus, *states: str) -> int:
    """Let a dataset go through ``states`` between two ticks; return how many were told."""
    flip(status, *states)
    return tell()


def told(org: Organization, user: User | None = None) -> list[str]:
    """Return the titles of what people were told, the oldest first."""
    return [each.title for each in notifications(org, user)]


def notifications(org: Organization, user: User | None = None) -> list[Notification]:
    with org_scope(org.pk):
        found = Notification.objects.order_by("created_at", "pk")
        return list(found.filter(user=user) if user else found)


def untold(org: Organization) -> int:
    with org_scope(org.pk):
        return DatasetFlip.objects.filter(notified_at=None).count()
