"""Whether a way of reading is open, why not, and how to behave there."""

import dataclasses

from django.conf import settings

from connectors.base import Terms
from connectors.errors import PolicyClosedError
from connectors.models import ConnectorReview, Decision, Keep
from connectors.policy.retention import Retention, reviewed, unreviewed
from connectors.policy.ways import Declared, declaration_of, declared

_UNKNOWN = Retention(Keep.LIVE, None, frozenset())


@dataclasses.dataclass(frozen=True, slots=True)
class Gate:
    """Whether a way of reading may be used, and what may become of what it brings.

    Attributes:
        is_open: it may be used.
        why: it may not, in one or two sentences for people; empty where it may.
        retention: holds for what is here already, whether or not it is open.
    """

    is_open: bool
    why: str
    retention: Retention


@dataclasses.dataclass(frozen=True, slots=True)
class Manners:
    """How to behave where nobody invited us, as the operator set it.

    Attributes:
        user_agent: who we say we are, with an address to reach the operator.
        requests_per_minute: at the most, of the whole installation.
        heeds_robots: what the site's robots.txt refuses is left alone.
    """

    user_agent: str
    requests_per_minute: int
    heeds_robots: bool


def gate_of(name: str) -> Gate:
    """Return whether a way of reading is open; one query, in any scope or none."""
    way = declaration_of(name)
    if way is None:
        why = f"“{name}” is no way of reading that this version of Magpie knows."
        return Gate(is_open=False, why=why, retention=_UNKNOWN)
    return gate(way, ConnectorReview.objects.filter(pk=name).first())


def gates() -> dict[str, Gate]:
    """Return the gates of all ways by their names; one query."""
    reviews = ConnectorReview.objects.in_bulk()
    return {way.name: gate(way, reviews.get(way.name)) for way in declared()}


def gate(way: Declared, review: ConnectorReview | None) -> Gate:
    """Return the gate of a way of which the review is known."""
    why = _why_shut(way, review)
    retention = unreviewed(way.terms) if review is None else reviewed(review)
    return Gate(is_open=not why, why=why, retention=retention)


def require_open(name: str) -> Gate:
    """Return the gate of a way of reading that is open.

    Raises:
        PolicyClosedError: it is shut; the sentence says why, and what to do.
    """
    found = gate_of(name)
    if not found.is_open:
        raise PolicyClosedError(found.why, name=name)
    return found


def manners_of(name: str) -> Manners:
    """Return how to behave, as the operator set it for an unofficial way.

    Raises:
        PolicyClosedError: nothing is set; the way is shut as well then.
    """
    review = ConnectorReview.objects.filter(pk=name).exclude(acknowledged_at=None).first()
    if review is None or not review.requests_per_minute:
        way = declaration_of(name)
        title = way.title if way else f"“{name}”"
        raise PolicyClosedError(
            f"How to behave at {title} is not set. Whoever runs this installation sets it in the "
            "administration, under the reviews of sources' terms.",
            name=name,
        )
    return Manners(review.user_agent, review.requests_per_minute, review.heeds_robots)


def is_stale(terms: Terms, review: ConnectorReview) -> bool:
    """Return whether the terms were read anew since they were reviewed."""
    return terms.read_on > review.terms_read_on


def _why_shut(way: Declared, review: ConnectorReview | None) -> str:
    """Return why a way is shut; empty where it is open.

    What a platform offers to programs is free on a machine of one's own: who runs it is who
    connects. What it does not offer is shut everywhere until somebody took it upon themselves.
    """
    if review is not None and review.decision == Decision.REFUSED:
        return f"{way.title} is switched off here: whoever runs this installation has refused it."
    if way.terms.is_official and settings.IS_LOCAL:
        return ""
    if review is None:
        return _not_yet(way, "nobody has recorded a review of its terms")
    if is_stale(way.terms, review):
        day = f"{way.terms.read_on:%-d %B %Y}"
        return _not_yet(way, f"its terms were read anew on {day} and have to be reviewed again")
    if not way.terms.is_official and review.acknowledged_at is None:
        return _not_yet(way, "it is not offered to programs, and nobody has answered for using it")
    return ""


def _not_yet(way: Declared, reason: str) -> str:
    return (
        f"{way.title} cannot be used here yet: {reason}. Whoever runs this installation does that "
        "in the administration, under the reviews of sources' terms."
    )
