"""How states look: a word, a shape and a colour each, so that none hangs on colour alone."""

import dataclasses
from typing import Final

from ingestion.freshness.states import Freshness
from ingestion.models.run import RunState

# From the best to the worst; a connection is as well as the worst of its datasets.
SEVERITY: Final = {state: rank for rank, state in enumerate(Freshness.values)}
TROUBLED: Final = (Freshness.LATE, Freshness.STALE, Freshness.ACTION)


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown.

    Attributes:
        variant: of the badge, and so its colour.
        icon: its shape.
    """

    word: str
    variant: str
    icon: str


HEALTH: Final[dict[str, Look]] = {
    Freshness.FRESH: Look("Up to date", "success", "check"),
    Freshness.NEVER: Look("Never synced", "waiting", "help"),
    Freshness.PAUSED: Look("Paused", "waiting", "pause"),
    Freshness.LATE: Look("Late", "warning", "clock"),
    Freshness.STALE: Look("Out of date", "warning", "alert"),
    Freshness.ACTION: Look("Needs you", "danger", "error"),
}
# What is as new as it should be, and yet has some that failed.
IN_PART: Final = Look("Needs a look", "warning", "alert")
ACTIVITY: Final[dict[str, Look]] = {
    "idle": Look("Idle", "idle", "minus"),
    "queued": Look("Queued", "info", "clock"),
    "running": Look("Running", "running", "loader"),
    "waiting": Look("Waiting", "warning", "clock"),
    "paused": Look("Paused", "waiting", "pause"),
}
OUTCOME: Final[dict[str, Look]] = {
    RunState.QUEUED: Look("Queued", "waiting", "clock"),
    RunState.RUNNING: Look("Running", "running", "loader"),
    RunState.RETRY_WAIT: Look("Waits to be tried again", "waiting", "clock"),
    RunState.SUCCEEDED: Look("Succeeded", "succeeded", "check"),
    RunState.WARNINGS: Look("Succeeded with warnings", "warnings", "alert"),
    RunState.FAILED: Look("Failed", "failed", "error"),
    RunState.ACTION_REQUIRED: Look("Needed somebody", "failed", "error"),
    RunState.CANCELLED: Look("Cancelled", "cancelled", "stop"),
    RunState.DEAD: Look("Gave up", "failed", "error"),
}


def worst(states: list[str]) -> str:
    """Return the worst of some states of freshness; never synced where there are none."""
    return max(states, key=lambda state: SEVERITY[state], default=Freshness.NEVER)
