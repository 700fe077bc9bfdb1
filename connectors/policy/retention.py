"""What may become of what a source gave: whether it may be kept, how long, and for what."""

import dataclasses
from typing import Final

from connectors.base import Terms, Use
from connectors.models import ConnectorReview, Keep

# A live view shows what the last look found, and is over when nobody has looked for so long.
LIVE_DAYS: Final = 14
_EXTRA: Final = {Use.AI: "AI", Use.FACES: "finding faces, where you consent"}
_NOTHING_ELSE: Final = "It is used for neither AI nor finding faces."


@dataclasses.dataclass(frozen=True, slots=True)
class Retention:
    """What may become of what came through a platform's API.

    Attributes:
        keep: for good, for some days, or not at all: then only what the last look found is shown.
        days: after the source has last shown it, it goes; None where it stays.
        uses: what may be done with it.
    """

    keep: Keep
    days: int | None
    uses: frozenset[Use]

    def allows(self, use: Use) -> bool:
        """Return whether something may be done with it."""
        return use in self.uses

    @property
    def how_long(self) -> str:
        """Return how long it stays, in a sentence for people who are about to connect, or have."""
        if self.keep is Keep.ALWAYS:
            return "It is kept until you remove it."
        if self.keep is Keep.DAYS:
            return f"It goes {self.days} days after its source has last shown it to us."
        return (
            "Live view only: pictures stay at the source, and what we have not seen there for "
            f"{self.days} days goes."
        )

    @property
    def sentence(self) -> str:
        """Return how long it stays, and what it may be used for."""
        extra = [word for use, word in _EXTRA.items() if self.allows(use)]
        used = f"It may be used for {' and '.join(extra)}." if extra else _NOTHING_ELSE
        return f"{self.how_long} {used}"


def reviewed(review: ConnectorReview) -> Retention:
    """Return what the operator decided."""
    keep = Keep(review.keep)
    return Retention(keep, _days(keep, review.keep_days), _uses(review, keep))


def unreviewed(terms: Terms) -> Retention:
    """Return what the terms allow without a doubt, as nobody decided anything."""
    if Use.STORE not in terms.allows:
        keep = Keep.LIVE
    else:
        keep = Keep.ALWAYS if terms.keep_days is None else Keep.DAYS
    return Retention(keep, _days(keep, terms.keep_days), terms.allows | {Use.SHOW})


def _days(keep: Keep, days: int | None) -> int | None:
    if keep is Keep.ALWAYS:
        return None
    return LIVE_DAYS if keep is Keep.LIVE or days is None else days


def _uses(review: ConnectorReview, keep: Keep) -> frozenset[Use]:
    uses = {Use.SHOW, Use.SEARCH}
    if keep is not Keep.LIVE:
        uses.add(Use.STORE)
    if review.allows_ai:
        uses.add(Use.AI)
    if review.allows_faces:
        uses.add(Use.FACES)
    return frozenset(uses)
