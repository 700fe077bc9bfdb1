"""Keys of every row: UUIDv7, made here so that a bulk load knows its keys beforehand."""

import os
import time
import uuid

_FIXED = 0xF << 76 | 0x3 << 62
_VERSION_7 = 0x7 << 76 | 0x2 << 62


def uuid7() -> uuid.UUID:
    """Return a time-ordered UUID (RFC 9562, version 7): 48 bits of milliseconds, 74 random.

    Rows made within one millisecond have no order among themselves; wherever order
    matters, sort by a column that says so and use the key as the tie-breaker only.
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return uuid.UUID(int=value & ~_FIXED | _VERSION_7)


def uuid7_texts(count: int) -> list[str]:
    """Return ``count`` UUIDs as 32 hex digits each: for bulk loads, at a fifth of the time."""
    base = (time.time_ns() // 1_000_000) << 80 | _VERSION_7
    chance = os.urandom(10 * count)
    return [
        f"{int.from_bytes(chance[at : at + 10]) & ~_FIXED | base:032x}"
        for at in range(0, 10 * count, 10)
    ]
