"""Ways of reading as operators see them: their terms in words, and where their review stands."""

import dataclasses
from typing import Final

from connectors.base import Terms, Use
from connectors.models import ConnectorReview, Decision
from connectors.policy import Declared, Gate, declared, is_stale
from connectors.policy.gate import gate
from ingestion.reviews.preview import Preview

_USES: Final = {
    Use.SHOW: "showing it",
    Use.STORE: "keeping it",
    Use.SEARCH: "searching it",
    Use.AI: "AI",
    Use.FACES: "finding faces",
}


@dataclasses.dataclass(frozen=True, slots=True)
class WayLine:
    """One way of reading.

    Attributes:
        records, pictures: that the next night would remove; None where nobody counted.
    """

    way: Declared
    review: ConnectorReview | None
    gate: Gate
    records: int | None = None
    pictures: int | None = None

    @property
    def state(self) -> str:
        """Return where its review stands, in a few words."""
        if self.review is None:
            return "Not reviewed"
        if self.review.decision == Decision.REFUSED:
            return "Refused"
        return "To be reviewed again" if is_stale(self.way.terms, self.review) else "Allowed"

    @property
    def allows(self) -> str:
        """Return the uses that its terms allow without a doubt, in words."""
        return allowed_uses(self.way.terms)


def allowed_uses(terms: Terms) -> str:
    """Return the uses that terms allow without a doubt, in words."""
    return ", ".join(_USES[use] for use in Use if use in terms.allows) or "nothing"


def way_lines(counted: Preview | None = None) -> list[WayLine]:
    """Return all ways with their reviews; one query."""
    reviews = ConnectorReview.objects.in_bulk()
    return [
        WayLine(
            way,
            reviews.get(way.name),
            gate(way, reviews.get(way.name)),
            counted.records[way.name] if counted else None,
            counted.pictures[way.name] if counted else None,
        )
        for way in declared()
    ]
