"""What a person was told: read page by page, marked as read, and forgotten in time."""

import dataclasses
import datetime as dt
import uuid
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from ingestion.freshness.rows import KEEPS_FAILING
from ingestion.freshness.states import Freshness
from ingestion.models import Notification
from tenants.models import User

PAGE_SIZE = 30
KEPT_FOR = dt.timedelta(days=90)
PRUNED_AT_ONCE = 5_000
# More than that is "many": nobody counts on, and neither does the database.
COUNTED = 99
# Badge and word of each state; a dataset that is fresh again has its own.
_BADGES: Final = {
    Freshness.ACTION: ("danger", "Needs you"),
    Freshness.STALE: ("warning", "Out of date"),
    Freshness.PAUSED: ("warning", "Paused"),
    Freshness.LATE: ("waiting", "Late"),
}
_WELL: Final = ("success", "Well again")
_FAILING: Final = ("danger", "Keeps failing")


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """A notification as the page shows it."""

    notification: Notification
    badge: str
    word: str


@dataclasses.dataclass(frozen=True, slots=True)
class InboxPage:
    """Some notifications, newest first.

    Attributes:
        next_id: of the last one here, behind which the next page begins; None at the end.
    """

    items: list[Told]
    next_id: uuid.UUID | None

    @property
    def next_text(self) -> str:
        """Return ``next_id`` as it stands in an address."""
        return str(self.next_id or "")


def told_to(user: User) -> QuerySet[Notification]:
    """Return what the organization in scope told ``user``."""
    return Notification.objects.filter(user=user)


def inbox_page(user: User, before: uuid.UUID | None = None) -> InboxPage:
    """Return what ``user`` was told before the notification with that key, or what is newest."""
    everything = told_to(user).select_related("flip").order_by("-created_at", "-pk")
    here = told_to(user).filter(pk=before).first() if before else None
    if here is not None:
        everything = everything.filter(
            Q(created_at__lt=here.created_at) | Q(created_at=here.created_at, pk__lt=here.pk)
        )
    found = list(everything[: PAGE_SIZE + 1])
    items = [_shown(each) for each in found[:PAGE_SIZE]]
    following = items[-1].notification.pk if len(found) > PAGE_SIZE else None
    return InboxPage(items, following)


def unread_count(user: User) -> int:
    """Return how many ``user`` has not read, up to one more than ``COUNTED``."""
    return told_to(user).filter(read_at=None)[: COUNTED + 1].count()


def mark_read(unread: QuerySet[Notification]) -> int:
    """Mark what is unread of ``unread`` as read; return how many."""
    return unread.filter(read_at=None).update(read_at=timezone.now())


def prune_notifications() -> int:
    """Delete what was told long ago in the organization in scope; return how many."""
    old = Notification.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    deleted, _ = Notification.objects.filter(pk__in=old.values("pk")[:PRUNED_AT_ONCE]).delete()
    return deleted


def _shown(notification: Notification) -> Told:
    if notification.flip.reason == KEEPS_FAILING:
        return Told(notification, *_FAILING)
    state = Freshness(notification.flip.new_state)
    return Told(notification, *(_WELL if notification.is_recovery else _BADGES[state]))
