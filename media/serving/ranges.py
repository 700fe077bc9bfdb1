"""Single byte ranges of RFC 9110; whatever is not one asks for all of it."""

import dataclasses
import re

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")


class UnsatisfiableRangeError(ValueError):
    """The range lies behind the end."""


@dataclasses.dataclass(frozen=True, slots=True)
class ByteRange:
    """Part of some bytes; ``last`` is included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Return how many bytes it spans."""
        return self.last - self.first + 1


def parse_range(header: str, *, size: int) -> ByteRange | None:
    """Return the range that a ``Range`` header asks for, or None where it asks for all.

    Several ranges, and what is no range, ask for all: that is always a right answer.

    Raises:
        UnsatisfiableRangeError: nothing of the range is there.
    """
    match = _RANGE.match(header.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise UnsatisfiableRangeError(header)
        return ByteRange(max(size - int(last), 0), size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableRangeError(header)
    return ByteRange(int(first), min(int(last), size - 1) if last else size - 1)
