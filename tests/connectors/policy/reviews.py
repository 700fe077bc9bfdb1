"""Reviews and declared ways for tests."""

import datetime as dt
from typing import Any

from django.utils import timezone

from connectors.base import Terms, Use
from connectors.models import ConnectorReview, Decision, Keep
from connectors.policy import declaration_of

OFFICIAL = "pinterest_api"
UNOFFICIAL = "pinterest_web"
MANNERS: dict[str, Any] = {
    "acknowledged_by": "Ada",
    "user_agent": "Magpie (+https://example.org/magpie)",
    "requests_per_minute": 30,
}


def terms(**changes: Any) -> Terms:
    """Return terms that allow everything, unless told otherwise."""
    said: dict[str, Any] = {
        "url": "https://example.org/terms",
        "read_on": dt.date(2026, 3, 1),
        "says": "Anything goes.",
        "allows": frozenset(Use),
    }
    return Terms(**said | changes)


def review(name: str = OFFICIAL, **changes: Any) -> ConnectorReview:
    """Record a review of the terms as they were last read, which allows to keep everything."""
    way = declaration_of(name)
    assert way is not None
    said: dict[str, Any] = {
        "decision": Decision.ALLOWED,
        "terms_read_on": way.terms.read_on,
        "reviewed_on": dt.date(2026, 11, 20),
        "reviewed_by": "Ada",
        "keep": Keep.ALWAYS,
        "keep_days": None,
        "allows_ai": True,
        "allows_faces": True,
    }
    if not way.terms.is_official:
        said |= MANNERS | {"acknowledged_at": timezone.now()}
    found, _ = ConnectorReview.objects.update_or_create(name=name, defaults=said | changes)
    return found
