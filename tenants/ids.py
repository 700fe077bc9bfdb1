"""Keys of every row: UUIDv7, made here so that a bulk load knows its keys beforehand."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """Return a time-ordered UUID (RFC 9562, version 7): 48 bits of milliseconds, 74 random.

    Rows made within one millisecond have no order among themselves; wherever order
    matters, sort by a column that says so and use the key as the tie-breaker only.
    """
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value &= ~(0xF << 76 | 0x3 << 62)
    value |= 0x7 << 76 | 0x2 << 62
    return uuid.UUID(int=value)
