"""One budget of requests for all who share a source's limits, kept in the database.

A request is taken out of several limits at once (of the application, of the account), or out of
none. Each is a window that begins with its first request; the source's own windows may begin
elsewhere, so an answer of 429 is still possible: then all who share the limit rest.
"""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from connectors.errors import FetchError
from connectors.models import RequestBudget
from connectors.threads import in_thread

# Waits up to here are waited out; longer ones are the engine's, whose worker has other work.
PATIENCE_S: Final = 3.0
# Where a source names no time: so long, and twice as long each further time in a row.
FIRST_REST_S: Final = 60.0
LONGEST_REST_S: Final = 3600.0
# A refusal that comes later than this after the last rest is the first of a new row.
_ROW_ENDS_S: Final = 600.0

_TAKE = """
WITH asked AS (
  SELECT * FROM unnest(%(keys)s::text[], %(most)s::int[], %(per)s::float8[]) AS a (key, most, per_s)
), held AS (
  SELECT b.key, a.per_s, b.ends_at <= clock_timestamp() AS is_over,
         CASE WHEN b.ends_at <= clock_timestamp() THEN 0 ELSE b.spent END AS spent, a.most,
         extract(epoch FROM b.blocked_until - clock_timestamp()) AS blocked_s,
         least(extract(epoch FROM b.ends_at - clock_timestamp()), a.per_s) AS left_s
    FROM connectors_requestbudget b JOIN asked a USING (key)
   ORDER BY b.key
     FOR UPDATE OF b
), waits AS (
  SELECT count(*) AS found,
         max(greatest(0, blocked_s, CASE WHEN spent >= most THEN left_s ELSE 0 END)) AS wait_s,
         least(%(asked)s, min(most - spent)) AS granted
    FROM held
), taken AS (
  UPDATE connectors_requestbudget b
     SET spent = held.spent + waits.granted,
         ends_at = CASE WHEN held.is_over
                        THEN clock_timestamp() + make_interval(secs => held.per_s)
                        ELSE least(b.ends_at, clock_timestamp() + make_interval(secs => held.per_s))
                   END
    FROM held, waits
   WHERE b.key = held.key AND waits.wait_s = 0 AND waits.found = %(count)s
)
SELECT found, wait_s, granted FROM waits
"""
_MAKE = """
INSERT INTO connectors_requestbudget (key) SELECT unnest(%(keys)s::text[]) ON CONFLICT DO NOTHING
"""
_FORGET = """
DELETE FROM connectors_requestbudget
 WHERE ends_at < now() - interval '7 days' AND blocked_until < now() - interval '7 days'
"""
_REST = """
INSERT INTO connectors_requestbudget AS b (key, blocked_until, blocks)
VALUES (%(key)s, clock_timestamp() + make_interval(secs => coalesce(%(wait)s, %(first)s)),
        %(unnamed)s)
ON CONFLICT (key) DO UPDATE SET
  blocks = CASE WHEN b.blocked_until < clock_timestamp() - make_interval(secs => %(row)s)
                THEN %(unnamed)s ELSE least(b.blocks + %(unnamed)s, 100) END,
  blocked_until = greatest(b.blocked_until, clock_timestamp() + make_interval(secs => coalesce(
    %(wait)s,
    CASE WHEN b.blocked_until < clock_timestamp() - make_interval(secs => %(row)s)
         THEN %(first)s
         ELSE least(%(first)s * 2 ^ least(b.blocks, 20), %(longest)s) END)))
RETURNING extract(epoch FROM blocked_until - clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, for all who spend under one key."""

    key: str
    requests: int
    per_s: float


class SharedBudget:
    """The limits that one account's requests count against.

    Args:
        limits: each request is taken out of all of them.
        own: key of the one that rests when the source refuses: the account's.
    """

    def __init__(self, limits: Sequence[Limit], *, own: str) -> None:
        self._limits, self._own = tuple(limits), own

    async def spend(self) -> None:
        """Take one request, and wait a little for it where that helps.

        Raises:
            FetchError: ``rate_limited``, with the seconds until there is one.
        """
        gives_up_at = time.monotonic() + PATIENCE_S
        while wait_s := await in_thread(lambda: take(self._limits)):
            if time.monotonic() + wait_s > gives_up_at:
                raise FetchError(
                    "All requests that the source allows for now are used up; we go on later.",
                    fetch_code="rate_limited",
                    retry_after_s=wait_s,
                )
            await asyncio.sleep(wait_s)

    async def rest(self, wait_s: float | None = None) -> float:
        """Let nobody ask for the account; return for how many seconds."""
        return await in_thread(lambda: rest(self._own, wait_s))


def digest(*parts: str) -> str:
    """Return what stands for an application or an account in the key of a limit."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def take(limits: Sequence[Limit]) -> float:
    """Take one request out of each limit, or out of none.

    Returns:
        0 where it was taken, else the seconds until it may be tried again.
    """
    return take_some(limits, 1)[1]


def take_some(limits: Sequence[Limit], asked: int) -> tuple[int, float]:
    """Take up to ``asked`` requests out of each limit, or none.

    Returns:
        How many were taken; where none was, the seconds until it may be tried again, else 0.
    """
    ordered = sorted(limits, key=lambda limit: limit.key)
    figures: dict[str, Any] = {
        "keys": [limit.key for limit in ordered],
        "most": [limit.requests for limit in ordered],
        "per": [limit.per_s for limit in ordered],
        "count": len(ordered),
        "asked": asked,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, figures)
        found, wait_s, granted = cursor.fetchone()
        if found < len(ordered):
            cursor.execute(_FORGET)
            cursor.execute(_MAKE, figures)
            cursor.execute(_TAKE, figures)
            found, wait_s, granted = cursor.fetchone()
    return (0, float(wait_s)) if wait_s else (granted, 0.0)


def blocked_s(key: str) -> float:
    """Return for how many seconds all who share a limit rest; 0 where they do not."""
    ahead = ExpressionWrapper(F("blocked_until") - Now(), output_field=DurationField())
    found = RequestBudget.objects.filter(pk=key).annotate(ahead=ahead)
    left = found.values_list("ahead", flat=True).first()
    return max(left.total_seconds(), 0.0) if left is not None else 0.0


def rest(key: str, wait_s: float | None) -> float:
    """Let all who share a limit wait; return for how many seconds, those named before included.

    A time that the source names, be it with an answer that used up what it allows, makes no later
    wait longer.

    Args:
        wait_s: as the source asked; None where it named no time.
    """
    figures = {
        "key": key,
        "wait": wait_s,
        "unnamed": int(wait_s is None),
        "first": FIRST_REST_S,
        "longest": LONGEST_REST_S,
        "row": _ROW_ENDS_S,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REST, figures)
        (left_s,) = cursor.fetchone()
    return max(float(left_s), 0.0)
