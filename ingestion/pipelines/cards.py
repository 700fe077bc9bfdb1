"""What the lines are shown in: a card for each connection, and one for each stage."""

import dataclasses

from connectors.models import Connection
from ingestion.models import DatasetStatus
from ingestion.pipelines.lines import Line
from ingestion.pipelines.looks import HEALTH, Look, worst
from ingestion.pipelines.names import connection_name
from ingestion.pipelines.runs import Run
from media.models.stage import Stage


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """One connection, or the organization's own work, with its lines."""

    connection: Connection | None
    lines: list[Line]

    @property
    def name(self) -> str:
        """Return what people call it."""
        return connection_name(self.connection) if self.connection else "Housekeeping"

    @property
    def health(self) -> Look:
        """Return how its worst dataset is."""
        return HEALTH[worst([each.state for line in self.lines for each in line.datasets])]


@dataclasses.dataclass(frozen=True, slots=True)
class StageCard:
    """One stage of the pictures: a line with its coverage."""

    stage: Stage
    line: Line

    @property
    def done(self) -> int:
        """Return how many units have their result, also while it is made once more."""
        counted = self._status.row_count if self._status else 0
        # Of a run over what has a result already nobody knows how much of its work is new.
        run = self._uncounted
        return counted + run.new_count if run and not self._is_over_all else counted

    @property
    def total(self) -> int:
        """Return of how many units something is to be made, as far as they were counted."""
        return self._status.total_count if self._status else 0

    @property
    def failed(self) -> int:
        """Return how many failed for good."""
        return self._status.failed_count if self._status else 0

    @property
    def missing(self) -> int:
        """Return how many have no result and have not failed either."""
        return max(self.total - self.done - self.failed, 0)

    @property
    def to_do(self) -> int:
        """Return how many wait, with those that have a result and are made once more."""
        waiting = self._status.pending_count if self._status else 0
        return max(waiting - self.made, 0)

    @property
    def made(self) -> int:
        """Return what the run at work has ended since the units were counted."""
        return self._uncounted.raw_count if self._uncounted else 0

    @property
    def percent(self) -> int:
        """Return the share that is done; there is none of nothing."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def _uncounted(self) -> Run | None:
        """Return the run at work, if the units were not counted since it began."""
        run = self.line.open_run
        if run is None or run.started_at is None:
            return None
        counted_at = self._status.counted_at if self._status else None
        return run if counted_at is None or counted_at < run.started_at else None

    @property
    def _is_over_all(self) -> bool:
        status = self._status
        if status is None:
            return False
        return status.row_count + status.pending_count + status.failed_count > status.total_count

    @property
    def _status(self) -> DatasetStatus | None:
        return self.line.datasets[0] if self.line.datasets else None
