"""Where a step over the pins stands: kept with the step, so that any slice goes on behind it."""

import dataclasses
import uuid
from typing import Any

from ingestion.models import RunStep, SyncRun
from ingestion.models.step import StepState


@dataclasses.dataclass(slots=True)
class Place:
    """How far a step has come.

    Attributes:
        after: the key of the last asset that was looked at; None before the first.
        done, of: how many were looked at, and how many there were when the step began.
        gone: of them, what the source has no more, and the run's timeline does not tell yet.
    """

    after: uuid.UUID | None = None
    done: int = 0
    of: int = 0
    gone: int = 0

    def as_cursor(self) -> dict[str, Any]:
        """Return the place as JSON."""
        after = str(self.after) if self.after else None
        return {"after": after, "done": self.done, "of": self.of, "gone": self.gone}


def place_of(run: SyncRun, step: str) -> Place | None:
    """Return where ``step`` of ``run`` stands; None where it has only begun."""
    found = RunStep.objects.filter(run=run, name=step).values_list("cursor", flat=True).first()
    if found is None:
        return None
    after = uuid.UUID(found["after"]) if found["after"] else None
    return Place(after, found["done"], found["of"], found.get("gone", 0))


def keep_place(run: SyncRun, step: str, place: Place) -> None:
    """Note where ``step`` stands, in the transaction that brought it there."""
    RunStep.objects.filter(run=run, name=step).update(cursor=place.as_cursor())


def current_place(run: SyncRun) -> tuple[str, Place] | None:
    """Return the step that ``run`` is at, and how far that is; None between two."""
    step = RunStep.objects.filter(run=run, state=StepState.RUNNING).order_by("position").first()
    if step is None:
        return None
    return step.name, place_of(run, step.name) or Place()
