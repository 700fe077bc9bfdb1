"""That a page was asked for before: whoever asks again is warned, and never hindered."""

import dataclasses
import datetime as dt
import enum
import uuid
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from ingestion.engine.endings import CANCELLED_BY_USER
from ingestion.gather.outcomes import LAST
from ingestion.gather.queries import Gathering, as_gatherings
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import OPEN_STATES, RunState
from media.sql import fetch_row
from tenants.scope import current_org_id

# Of what a job is told, kept with it.
EARLIER: Final = "earlier"
_STILL_HERE: Final = f"""{LAST}
SELECT count(DISTINCT a.id) FROM last
  JOIN media_asset a ON a.org_id = %(org)s AND a.id = last.asset_id AND a.removed_at IS NULL
"""  # of constants


class Stands(enum.StrEnum):
    """How the earlier job stood when the page was asked for again."""

    GOING = "going"
    CHOICE = "choice"
    CANCELLED = "cancelled"
    SCRAPED = "scraped"


@dataclasses.dataclass(frozen=True, slots=True)
class Earlier:
    """That a page was asked for before.

    Attributes:
        updated_at: when something last happened to it.
        likely_skipped: how many of its pictures the library holds still.
    """

    job_id: uuid.UUID
    stands: Stands
    updated_at: dt.datetime
    likely_skipped: int

    @classmethod
    def of_job(cls, job: Job) -> "Earlier | None":
        """Return what was known when ``job`` was submitted; None where it was the first."""
        said = job.params.get(EARLIER)
        if not said:
            return None
        updated_at = dt.datetime.fromisoformat(said["at"])
        return cls(uuid.UUID(said["job"]), Stands(said["stands"]), updated_at, int(said["here"]))

    def as_params(self) -> dict[str, Any]:
        """Return what is kept with the job that was submitted again."""
        return {
            "job": str(self.job_id),
            "stands": self.stands.value,
            "at": self.updated_at.isoformat(),
            "here": self.likely_skipped,
        }


def find_earlier(page: str, *, before: Job | None = None) -> Earlier | None:
    """Return the last scrape of a page that goes on, awaits a choice, or brought anything.

    One that found its pictures here counts too, and one that was cancelled meanwhile, or has left
    the list (its run stays, and its job); whatever failed since.

    Args:
        page: its key, by the address that was typed or by the one that answered.
        before: only look at what was submitted before it.
    """
    is_of_page = Q(params__page=page) | Q(params__final_page=page)
    jobs = Job.objects.filter(is_of_page, kind=JobKind.SCRAPE)
    if before is not None:
        jobs = jobs.filter(created_at__lt=before.created_at).exclude(pk=before.pk)
    runs = SyncRun.objects.filter(job=OuterRef("pk"))
    writing = runs.filter(is_dry_run=False)
    looked = runs.filter(is_dry_run=True, state=RunState.SUCCEEDED)
    good = (ItemOutcome.NEW, ItemOutcome.SKIPPED)
    brought = RunItem.objects.filter(
        run__job=OuterRef("pk"), run__is_dry_run=False, outcome__in=good
    )
    awaits_choice = Exists(looked) & ~Exists(writing)
    counts = Exists(brought) | Exists(runs.filter(state__in=OPEN_STATES)) | awaits_choice
    newest = jobs.filter(counts).select_related("created_by").order_by("-created_at", "-pk")
    last = newest.first()
    if last is None:
        return None
    (found,) = as_gatherings([last])
    return Earlier(found.job.pk, _stands(found), found.updated_at, _still_here(found.job))


def _stands(found: Gathering) -> Stands:
    """Return how a job stands that brought something, or may do so still."""
    if found.awaits_choice:
        return Stands.CHOICE
    if not found.is_over:
        return Stands.GOING
    return Stands.CANCELLED if found.error == CANCELLED_BY_USER else Stands.SCRAPED


def _still_here(job: Job) -> int:
    """Return how many pictures of a job the library holds still."""
    (count,) = fetch_row(_STILL_HERE, {"org": current_org_id(), "jobs": [job.pk]})
    return int(count)
