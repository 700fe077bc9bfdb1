"""What somebody has answered in a review, so that they can go back one by one.

It goes from question to question with their forms: the page that is looked at knows it, and
another window has another.
"""

import dataclasses
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from faces.models import FaceEvent
from faces.people.questions import KINDS
from media.library.filters import parse_id

MOST: Final = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """An answer, and of which kind its question was."""

    event_id: UUID
    of: str


def read_trail(text: str) -> list[Step]:
    """Return the answers of a form, the last first; what is none is left out."""
    steps = []
    for part in text.split(",")[:MOST]:
        key, _, of = part.partition(".")
        if of in KINDS and key:
            steps.append(Step(parse_id(key), of))
    return steps


def written(trail: Sequence[Step]) -> str:
    """Return the answers as a form carries them."""
    return ",".join(f"{step.event_id}.{step.of}" for step in trail[:MOST])


def trail_of(text: str, *, event: FaceEvent | None, of: str) -> list[Step]:
    """Return the answers so far, with the one that was given now."""
    before = read_trail(text)
    return [Step(event.pk, of), *before] if event and of in KINDS else before
