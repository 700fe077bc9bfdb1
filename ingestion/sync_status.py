"""How fresh all data of an organization is, for the page that people land on: one query."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection

from ingestion.freshness.datasets import DATASETS
from ingestion.freshness.lines import Action, line_of
from ingestion.freshness.reads import statuses
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetStatus
from ingestion.models.job import JobState
from ingestion.pipelines.looks import HEALTH, IN_PART, Look
from ingestion.pipelines.names import connection_name, dataset_label, line_id_of

QUIET = (Freshness.FRESH, Freshness.NEVER)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One dataset, as a line.

    Attributes:
        sentence: what is wrong with it; empty where nothing is.
        next_at: when it is refreshed next by itself; None where it is not.
        action: the one thing that mends it.
    """

    status: DatasetStatus
    name: str
    look: Look
    sentence: str
    next_at: dt.datetime | None
    action: Action
    stage: str
    run_id: uuid.UUID | None

    @property
    def line_id(self) -> uuid.UUID:
        """Return what names its line on Pipelines."""
        return line_id_of(self.status)

    @property
    def is_well(self) -> bool:
        """Return whether nothing needs to be said of it."""
        return not self.sentence and self.status.state in QUIET


@dataclasses.dataclass(frozen=True, slots=True)
class SyncStatus:
    """All datasets that people know of, the worst first.

    Attributes:
        checked_at: when anything was last refreshed; None where nothing ever was.
    """

    rows: tuple[Row, ...]
    checked_at: dt.datetime | None

    @property
    def troubled(self) -> int:
        """Return how many need a look."""
        return sum(not row.is_well for row in self.rows)

    def has_trouble_beside(self, told: Collection[str]) -> bool:
        """Return whether there is more to say than of the datasets ``told``; not of muted ones."""
        return any(row.sentence and row.status.name not in told for row in self.rows)

    @property
    def is_at_work(self) -> bool:
        """Return whether anything is being refreshed now."""
        return any(row.status.is_at_work for row in self.rows)

    @property
    def is_waiting(self) -> bool:
        """Return whether a run of any is in line."""
        return any(row.status.next_at is not None for row in self.rows)


def sync_status(now: dt.datetime) -> SyncStatus:
    """Return how fresh the data of the organization in scope is, in one query.

    What was never brought in, and has not failed either, is left out.
    """
    shown = [status for status in statuses(now=now) if _is_shown(status)]
    successes = [status.last_success_at for status in shown if status.last_success_at]
    rows = tuple(_row(status, now) for status in shown)
    ordered = sorted(rows, key=lambda row: row.is_well)
    return SyncStatus(tuple(ordered), max(successes, default=None))


def _is_shown(status: DatasetStatus) -> bool:
    dataset = DATASETS.get(status.name)
    is_known = dataset is not None and dataset.is_shown
    return is_known and (status.state != Freshness.NEVER or bool(status.consecutive_failures))


def _row(status: DatasetStatus, now: dt.datetime) -> Row:
    line = line_of(status, now)
    label = dataset_label(status)
    connection = status.connection
    return Row(
        status=status,
        name=f"{connection_name(connection)}: {label.lower()}" if connection else label,
        look=IN_PART if line and status.state == Freshness.FRESH else HEALTH[status.state],
        sentence=f"{line.sentence} {line.why}".strip() if line else "",
        next_at=_next_at(status),
        action=line.action if line else Action.NONE,
        stage=line.stage if line else "",
        run_id=line.failed_run_id if line else None,
    )


def _next_at(status: DatasetStatus) -> dt.datetime | None:
    """Return when the next run begins: one that is in line, else the next by its schedule."""
    if status.next_at is not None or status.job is None:
        return status.next_at
    return status.job.next_due_at if status.job.state != JobState.PAUSED else None


def poll_s(found: SyncStatus) -> int | None:
    """Return how soon to ask again; None while nothing can change by itself."""
    if found.is_at_work:
        return 2
    return 15 if found.is_waiting else None
