"""What the headers of an answer say of the requests that are left.

None of these headers is in Pinterest's description of its API; what is missing or is no number
counts as not said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors.guard import Answer

LONGEST_S: Final = 24 * 60 * 60.0
# The first is what is sent today, of one account; the other what was sent before.
_FAMILIES: Final = ("x-userendpoint-ratelimit-", "x-ratelimit-")
_RESETS: Final = ("reset-seconds", "reset")
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?\Z")
# Above it, a number of seconds is a moment of Unix time.
_MOMENT: Final = 1_000_000_000.0


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The limit that an answer tells of.

    Attributes:
        remaining: requests that are left; None where it is not said.
        wait_s: how long to wait where none is left: as the server asks, else until the limit is
            set back; None where neither is said.
    """

    remaining: int | None
    wait_s: float | None

    @property
    def is_used_up(self) -> bool:
        """Say whether the next request would be refused."""
        return self.remaining == 0 and bool(self.wait_s)


def read_limit(answer: Answer, *, now: float) -> RateLimit:
    """Read the headers of an answer.

    Args:
        now: in seconds of Unix time.
    """
    remaining = _first(answer.headers, ("remaining",))
    reset = _first(answer.headers, _RESETS)
    if reset is not None:
        reset = max(reset - now, 0.0) if reset >= _MOMENT else reset
        reset = min(reset, LONGEST_S)
    asked = answer.retry_after_s
    return RateLimit(
        int(remaining) if remaining is not None else None, asked if asked is not None else reset
    )


def _first(headers: Mapping[str, str], endings: tuple[str, ...]) -> float | None:
    """Return the first of these headers that is a number."""
    for family in _FAMILIES:
        for ending in endings:
            if _NUMBER.match(text := headers.get(family + ending, "").strip()):
                return float(text)
    return None
