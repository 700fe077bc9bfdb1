"""When datasets became late or came back, and why, as sentences."""

import dataclasses
from typing import Final

from ingestion.freshness.rows import KEEPS_FAILING
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetFlip
from ingestion.pipelines.looks import HEALTH, Look
from ingestion.pipelines.names import connection_name, dataset_label

SHOWN_FLIPS: Final = 8
_BECAME: Final[dict[str, str]] = {
    Freshness.FRESH: "came up to date",
    Freshness.NEVER: "has not been synced",
    Freshness.PAUSED: "was paused",
    Freshness.LATE: "became late",
    Freshness.STALE: "went out of date",
    Freshness.ACTION: "needs somebody",
}
_REASONS: Final = {
    "success": "a run succeeded",
    "failure": "a run failed",
    "time": "too long without a success",
    "paused": "somebody paused it",
    "resumed": "somebody resumed it",
    "schedule": "its schedule was changed",
    "action_required": "a run met what only people can mend",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Flip:
    """One change of a dataset's state, as a sentence."""

    row: DatasetFlip

    @property
    def sentence(self) -> str:
        """Return such as “Pictures became late: time passed without a success”."""
        status = self.row.dataset
        of = f" of {connection_name(status.connection)}" if status.connection else ""
        if self.row.reason == KEEPS_FAILING:
            return f"{dataset_label(status)}{of}: its runs keep failing."
        became = _BECAME.get(self.row.new_state, self.row.new_state)
        why = _REASONS.get(self.row.reason, self.row.reason.replace("_", " "))
        return f"{dataset_label(status)}{of} {became}: {why}."

    @property
    def look(self) -> Look:
        """Return the mark of what it became."""
        return HEALTH[self.row.new_state]


def recent_flips() -> list[Flip]:
    """Return the last changes in the organization in scope, the newest first."""
    rows = DatasetFlip.objects.select_related("dataset__connection").order_by("-at", "-pk")
    return [Flip(row) for row in rows[:SHOWN_FLIPS]]
