"""Which page of a list is asked for, and which are beside it."""

import dataclasses
from typing import Final

_DIGITS: Final = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Pages:
    """A page of a list, among the others.

    Attributes:
        number: from 1; never beyond the last.
        last: at least 1.
    """

    number: int
    last: int
    size: int

    @property
    def part(self) -> slice:
        """Return the part of the list that the page shows."""
        return slice((self.number - 1) * self.size, self.number * self.size)

    @property
    def previous(self) -> int | None:
        """Return the page before; None of the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Return the page behind; None of the last."""
        return self.number + 1 if self.number < self.last else None


def pages_of(asked: str, *, count: int, size: int) -> Pages:
    """Return the page that is asked for of ``count`` things; the first for what is no number."""
    last = max(-(-count // size), 1)
    is_number = asked.isascii() and asked.isdecimal() and len(asked) < _DIGITS
    return Pages(min(max(int(asked) if is_number else 1, 1), last), last, size)
