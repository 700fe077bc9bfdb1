"""What platforms allow, what the operator has made of it, and so what is open.

A connector declares its platform's terms by being one; another way of reading that is bound by
terms calls :func:`declare`. The operator records a review of each (`ConnectorReview`) in the admin.
Whoever is about to read asks :func:`require_open` first.
"""

from connectors.policy.gate import Gate, Manners, gate_of, gates, is_stale, manners_of, require_open
from connectors.policy.retention import LIVE_DAYS, Retention
from connectors.policy.ways import Declared, declaration_of, declare, declared

__all__ = [
    "LIVE_DAYS",
    "Declared",
    "Gate",
    "Manners",
    "Retention",
    "declaration_of",
    "declare",
    "declared",
    "gate_of",
    "gates",
    "is_stale",
    "manners_of",
    "require_open",
]
