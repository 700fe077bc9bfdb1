"""Pages of the operation log."""

import dataclasses
import datetime as dt
import uuid

from django.db.models import Q
from django.utils import timezone

from media.library.filters import parse_id
from media.models import Operation

PAGE_SIZE = 50


@dataclasses.dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some operations, newest first.

    Attributes:
        previous_day: of the operation before the first one here, so that its heading is not
            repeated; None on the first page.
        next_id: of the last one here, behind which the next page begins; None at the end.
    """

    items: list[Operation]
    previous_day: dt.date | None
    next_id: uuid.UUID | None

    @property
    def next_text(self) -> str:
        """Return ``next_id`` as it stands in an address."""
        return str(self.next_id or "")


def activity_page(before: str = "") -> ActivityPage:
    """Return the operations behind the one whose key is ``before``, or the newest ones."""
    everything = Operation.objects.select_related("actor", "undone_by")
    everything = everything.worth_telling().newest_first()
    here = Operation.objects.filter(pk=parse_id(before)).first() if before else None
    if here is not None:
        everything = everything.filter(
            Q(created_at__lt=here.created_at) | Q(created_at=here.created_at, pk__lt=here.pk)
        )
    found = list(everything[: PAGE_SIZE + 1])
    items = found[:PAGE_SIZE]
    return ActivityPage(
        items,
        timezone.localdate(here.created_at) if here else None,
        items[-1].pk if len(found) > PAGE_SIZE else None,
    )
