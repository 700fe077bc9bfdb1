"""What the lines are shown in: a card for each connection, and one for each stage."""

import dataclasses

from connectors.models import Connection
from ingestion.models import DatasetStatus
from ingestion.pipelines.lines import Line
from ingestion.pipelines.looks import HEALTH, Look, worst
from ingestion.pipelines.names import connection_name
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
        """Return how many units have their result."""
        return self._status.row_count if self._status else 0

    @property
    def total(self) -> int:
        """Return of how many units something is to be made."""
        return self.done + self.missing + self.failed

    @property
    def failed(self) -> int:
        """Return how many failed for good."""
        return self._status.failed_count if self._status else 0

    @property
    def missing(self) -> int:
        """Return how many have no result and have not failed either."""
        return self._status.pending_count if self._status else 0

    @property
    def percent(self) -> int:
        """Return the share that is done; all of nothing is all."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def _status(self) -> DatasetStatus | None:
        return self.line.datasets[0] if self.line.datasets else None
