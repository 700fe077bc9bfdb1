"""How a job over single pictures stands, in the words that its users and clients know."""

import dataclasses
from collections import Counter
from collections.abc import Mapping

from django.db import models

from ingestion.engine.endings import CANCELLED_BY_USER
from ingestion.models import Job, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.run import RunMode, RunState


class JobStatus(models.TextChoices):
    """How a job stands."""

    PENDING = "pending", "Queued"
    SCRAPING = "scraping", "Looking"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"


class ItemStatus(models.TextChoices):
    """How one picture stands."""

    QUEUED = "queued", "Queued"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"


TERMINAL = (JobStatus.COMPLETED, JobStatus.FAILED)
_OF_OUTCOME: dict[str, ItemStatus] = {
    ItemOutcome.QUEUED: ItemStatus.QUEUED,
    ItemOutcome.PROCESSING: ItemStatus.PROCESSING,
    ItemOutcome.NEW: ItemStatus.COMPLETED,
    ItemOutcome.UPDATED: ItemStatus.COMPLETED,
    ItemOutcome.UNCHANGED: ItemStatus.SKIPPED,
    ItemOutcome.SKIPPED: ItemStatus.SKIPPED,
    ItemOutcome.FAILED: ItemStatus.FAILED,
}


def item_status(outcome: str) -> ItemStatus:
    """Return what an outcome of the ledger is called here."""
    return _OF_OUTCOME[outcome]


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """How many pictures of a job stand how, each by its last run."""

    queued: int = 0
    processing: int = 0
    completed: int = 0
    skipped: int = 0
    failed: int = 0

    @classmethod
    def of(cls, outcomes: Mapping[str, int]) -> "Counts":
        """Return the counts of a job by those of its records."""
        counts: Counter[str] = Counter()
        for outcome, count in outcomes.items():
            counts[_OF_OUTCOME[outcome].value] += count
        return cls(**counts)

    @property
    def total(self) -> int:
        """Return how many pictures there are."""
        return self.queued + self.processing + self.ended

    @property
    def ended(self) -> int:
        """Return how many are done with, well or badly."""
        return self.completed + self.skipped + self.failed

    @property
    def percent(self) -> int:
        """Return how much is done, from 0 to 100."""
        return 100 * self.ended // self.total if self.total else 0


def job_status(job: Job, run: SyncRun | None, counts: Counts) -> JobStatus:
    """Return how a job stands.

    Args:
        run: its last one that counts: the one that writes, else the look at the page.
    """
    if run is None or (run.is_dry_run and run.state in (RunState.SUCCEEDED, RunState.WARNINGS)):
        return JobStatus.PENDING
    if run.is_open:
        if counts.total and not run.is_dry_run and (run.started_at or run.mode == RunMode.FAILED):
            return JobStatus.PROCESSING
        return JobStatus.SCRAPING if run.started_at and run.phase else JobStatus.PENDING
    if run.state == RunState.CANCELLED:
        return JobStatus.FAILED
    return JobStatus.COMPLETED if counts.completed or counts.skipped else JobStatus.FAILED


def job_error(run: SyncRun | None, status: JobStatus) -> str:
    """Return why a job failed, as a code and nothing else; empty where it did not."""
    if status != JobStatus.FAILED or run is None:
        return ""
    if run.state == RunState.CANCELLED:
        return CANCELLED_BY_USER
    return run.error_code or "all_failed"
