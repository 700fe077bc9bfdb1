"""How jobs over single pictures look in a list: a chip, a sentence, and what can be done."""

import dataclasses
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from django.contrib.humanize.templatetags.humanize import intcomma

from ingestion.engine.endings import CANCELLED_BY_USER
from ingestion.gather.queries import Gathering
from ingestion.gather.status import Counts, ItemStatus, JobStatus
from ingestion.models.job import JobKind

# Seconds until a page asks again.
LOOKING_S: Final = 2
PROCESSING_S: Final = 3
UNTITLED: Final = "Untitled page"


@dataclasses.dataclass(frozen=True, slots=True)
class Chip:
    """What ``components/status_chip.html`` shows.

    Attributes:
        count: beside the word; None for none.
    """

    status: str
    word: str
    count: int | None = None


# How a job looks of which no picture is known yet.
_BEFORE: Final = {
    JobStatus.PENDING: Chip("queued", "Queued"),
    JobStatus.SCRAPING: Chip("processing", "Looking"),
}


def chip_of(found: Gathering) -> Chip:
    """Return how a job stands."""
    if found.awaits_choice:
        return Chip("choice", "Your choice")
    if found.is_ending:
        return Chip("processing", "Cancelling…")
    status = found.status
    if status == JobStatus.PROCESSING:
        return Chip("processing", f"{found.counts.percent} %")
    if status == JobStatus.FAILED and found.error == CANCELLED_BY_USER:
        return Chip("failed", "Cancelled")
    return _BEFORE.get(status) or Chip(status.value, status.label)


def spoken_of(found: Gathering) -> str:
    """Return what a chip with a figure alone leaves to the eye; else nothing."""
    shows_figure = found.status == JobStatus.PROCESSING and not found.is_ending
    return "Processing" if shows_figure else ""


def poll_s(jobs: Iterable[Gathering]) -> int | None:
    """Return how soon to ask again how ``jobs`` stand; None once none goes on by itself."""
    going_on = {found.status for found in jobs if not found.is_over}
    if going_on & {JobStatus.PENDING, JobStatus.SCRAPING}:
        return LOOKING_S
    return PROCESSING_S if going_on else None


def chips_of(counts: Counts) -> list[Chip]:
    """Return how many pictures stand how, as chips."""
    return [Chip(each.value, each.label, getattr(counts, each.value)) for each in ItemStatus]


def title_of(found: Gathering) -> str:
    """Return what a job is called: as its page or its file calls itself, else by its address."""
    return found.job.name or short_address(found.url) or UNTITLED


def short_address(url: str) -> str:
    """Return an address as people read it: without what all of them have."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def sums_of(counts: Counts, *, with_failed: bool = True) -> str:
    """Return the outcomes of a job in words, such as “10 new, 2 skipped, 1 failed”."""
    words = [("completed", "new"), ("skipped", "skipped"), ("failed", "failed")][: 2 + with_failed]
    named = [(getattr(counts, name), word) for name, word in words]
    return ", ".join(f"{intcomma(count)} {word}" for count, word in named if count)


def progress_of(found: Gathering) -> str:
    """Return what came of a job in words; while it goes on, how far it is."""
    counts = found.counts
    if found.status == JobStatus.PROCESSING:
        return f"{intcomma(counts.ended)} of {intcomma(counts.total)} pictures"
    return sums_of(counts, with_failed=False)


def is_of_a_page(found: Gathering) -> bool:
    """Return whether a job is about a page, and not about files."""
    return found.job.kind == JobKind.SCRAPE


def ending_of(found: Gathering) -> str:
    """Return what to tell people who hear the page, once a job has ended."""
    title = title_of(found)
    if found.awaits_choice:
        return f"{title}: the pictures were found. Choose what to take."
    if found.status == JobStatus.FAILED:
        return f"{title}: failed. {found.sentence}".strip()
    return f"{title}: completed. {sums_of(found.counts).capitalize()}.".replace(" .", "")
