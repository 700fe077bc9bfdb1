"""What people do with the small window: look, save, try again, take back."""

import dataclasses
import datetime as dt
import uuid
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from connectors.guard import check_url
from connectors.guard.options import options_from_settings
from connectors.readers.pinterest.addresses import pin_address, pin_of_address
from ingestion.control.locks import revived
from ingestion.engine.runs import request_cancel, start_run
from ingestion.gather.captures.looking import LOOK_ERROR
from ingestion.gather.ledger import queue_items
from ingestion.gather.services import Asking, connection_of, page_address
from ingestion.gather.wanted import Wanted
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import OPEN_STATES, Lane
from tenants.errors import LimitExceededError, NotReadyError
from tenants.models import Organization
from tenants.naming import clean_name, clean_text

MAX_TITLE: Final = 500
MAX_NOTE: Final = 20_000
# Of one person within a while: any page can open the window, and with it a look.
MOST_LOOKS: Final = 60
LOOKS_WITHIN: Final = dt.timedelta(minutes=10)
# What is left behind by a run is of that run alone.
_OF_ONE_RUN: Final = (LOOK_ERROR,)


@dataclasses.dataclass(frozen=True, slots=True)
class Capturing:
    """What somebody saves, and where to.

    Attributes:
        url: the page, or the pin in any of its forms.
        picture: the one that is meant; empty where the page says which.
        page_title: as the browser called the page.
        title: what the person calls it; one like ``page_title`` is none of their own.
        board: key of the board; None where ``board_name`` says it, or none is wanted.
        board_name: of a board that is made where there is none of the name.
    """

    url: str
    picture: str = ""
    page_title: str = ""
    title: str = ""
    board: uuid.UUID | None = None
    board_name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""


def page_to_save(url: str) -> str:
    """Return the address of a page as it is kept; of a pin always the one form.

    Raises:
        AddressRefusedError: the guard would refuse it; nothing was asked of any host.
    """
    if pin_id := pin_of_address(url):
        return pin_address(pin_id)
    return page_address(url)


def picture_to_save(url: str) -> str:
    """Return the address of a picture as it is kept.

    Raises:
        AddressRefusedError: as ``page_to_save``.
    """
    return str(check_url(url.strip(), stand_ins=options_from_settings().host_map.hosts))


@transaction.atomic
def look_at(org: Organization, url: str, picture: str, asking: Asking, *, title: str = "") -> Job:
    """Queue a look at what somebody may save.

    Raises:
        AddressRefusedError: the address leads where we must not go.
        LimitExceededError: the person had very many looks within minutes.
    """
    _check_pace(asking)
    job = _new_job(org, url, picture, asking, title=title)
    start_run(
        job,
        lane=Lane.INTERACTIVE,
        is_dry_run=True,
        trigger=asking.trigger,
        created_by=asking.by,
    )
    return job


@transaction.atomic
def save(
    org: Organization,
    what: Capturing,
    asking: Asking,
    *,
    look: Job | None = None,
    choice: int | None = None,
) -> Job:
    """Queue the run that saves it; what a look has stored already is not fetched again.

    Args:
        look: the job of the look before; its run goes on with it.
        choice: which of the pictures of the look is meant; None for the best one.

    Raises:
        AddressRefusedError: the address leads where we must not go.
        NotReadyError: it was saved already, or goes on still.
    """
    job = look or _new_job(org, what.url, what.picture, asking, title=what.page_title)
    job = revived(job)
    if SyncRun.objects.filter(job=job, is_dry_run=False).exists():
        raise NotReadyError("This was saved before. Open the window anew to save something else.")
    wanted = _chosen(job, choice)
    params = {name: value for name, value in job.params.items() if name not in _OF_ONE_RUN}
    Job.objects.filter(pk=job.pk).update(
        params=params | _said(what), name=job.name or _name(what, job.params["url"])
    )
    if wanted is not None:
        # What else the look was to store is of no use any more.
        for run in SyncRun.objects.filter(job=job, state__in=OPEN_STATES):
            request_cancel(run, by=asking.by)
    run = start_run(job, lane=Lane.INTERACTIVE, trigger=asking.trigger, created_by=asking.by)
    if wanted is not None:
        queue_items(run, [(0, wanted)])
        SyncRun.objects.filter(pk=run.pk).update(expected_count=1)
    job.refresh_from_db()
    return job


def _check_pace(asking: Asking) -> None:
    """Refuse a look to whom very many were granted just now; what is saved needs none."""
    since = timezone.now() - LOOKS_WITHIN
    own = Job.objects.filter(kind=JobKind.CAPTURE, created_by=asking.by, created_at__gte=since)
    if own.count() >= MOST_LOOKS:
        message = (
            "You have looked at very many pages within minutes. What you save here is saved all "
            "the same; to see its picture before, try again in a while."
        )
        raise LimitExceededError(message, most=MOST_LOOKS)


def _new_job(org: Organization, url: str, picture: str, asking: Asking, *, title: str) -> Job:
    params = {"url": page_to_save(url), "picture": picture_to_save(picture) if picture else ""}
    title = clean_name(title)[:MAX_TITLE]
    return Job.objects.create(
        org_id=org.pk,
        kind=JobKind.CAPTURE,
        name=title[:120],
        connection=connection_of(org.pk, JobKind.CAPTURE),
        params=params | {"title": title, "pin": pin_of_address(url)},
        created_by=asking.by,
    )


def _chosen(job: Job, choice: int | None) -> Wanted | None:
    """Return the picture of the look that was chosen, or its best; None before it has any."""
    found = RunItem.objects.filter(run__job=job, run__is_dry_run=True).order_by("ordinal")
    good = found.filter(outcome__in=(ItemOutcome.NEW, ItemOutcome.SKIPPED)).exclude(
        outcome=ItemOutcome.SKIPPED, asset_id=None
    )
    item = good.filter(ordinal=choice).first() if choice is not None else good.first()
    wanted = Wanted.of_payload(item.payload) if item is not None and item.payload else None
    # What the address alone says is in the library needs no bringing.
    return wanted if wanted is not None and wanted.url else None


def _said(what: Capturing) -> dict[str, Any]:
    """Return what the person said, as it stands with the job until it is done."""
    title = clean_name(what.title)[:MAX_TITLE]
    return {
        "board": str(what.board) if what.board else "",
        "board_name": what.board_name,
        "tags": list(what.tags),
        "note": clean_text(what.note)[:MAX_NOTE],
        "own_title": "" if title == clean_name(what.page_title)[:MAX_TITLE] else title,
    }


def _name(what: Capturing, url: str) -> str:
    title = clean_name(what.title or what.page_title)
    return (title or urlsplit(url).hostname or url)[:120]
