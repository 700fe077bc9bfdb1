"""The orders of the library; each is total, and a cursor says where a page ended."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.db import models

from tenants.cursors import seal, unseal

LIBRARY = "library"


class Sort(models.TextChoices):
    """Orders that people choose from."""

    NEWEST = "newest", "Newest saved"
    OLDEST = "oldest", "Oldest saved"
    IMPORTED = "imported", "Newest imported"
    TITLE = "title", "Title A–Z"  # noqa: RUF001  # a range
    BEST = "best", "Best match"
    BOARD = "board", "As on the board"
    REMOVED = "removed", "Last removed"


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """One order in SQL.

    Attributes:
        column: what is sorted by, then the key in the same direction.
        cast: type of the column, for the cursor.
    """

    column: str
    cast: str
    is_descending: bool

    @property
    def by(self) -> str:
        """Return what follows ORDER BY."""
        direction = "DESC" if self.is_descending else "ASC"
        return f"{self.column} {direction}, a.id {direction}"

    @property
    def behind(self) -> str:
        """Return what keeps the rows after a cursor."""
        return f"({self.column}, a.id) {'<' if self.is_descending else '>'} {self._place}"

    @property
    def through(self) -> str:
        """Return what keeps the rows up to a cursor, with the one that it stands for."""
        return f"({self.column}, a.id) {'>=' if self.is_descending else '<='} {self._place}"

    @property
    def _place(self) -> str:
        return f"(%(at_value)s::{self.cast}, %(at_id)s::uuid)"


ORDERS = {
    Sort.NEWEST: Order("a.sorted_at", "timestamptz", is_descending=True),
    Sort.OLDEST: Order("a.sorted_at", "timestamptz", is_descending=False),
    Sort.IMPORTED: Order("a.imported_at", "timestamptz", is_descending=True),
    Sort.TITLE: Order("a.title_order", "text", is_descending=False),
    Sort.BEST: Order(
        "ts_rank(d.document, %(query)s::tsquery)::float8", "float8", is_descending=True
    ),
    Sort.BOARD: Order("i.place", "bigint", is_descending=False),
    Sort.REMOVED: Order("a.removed_at", "timestamptz", is_descending=True),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Cursor:
    """The place of one asset in one order."""

    sort: Sort
    value: str
    asset_id: uuid.UUID

    def encode(self) -> str:
        """Return the cursor as it stands in an address."""
        return seal([self.sort.value, self.value, self.asset_id.hex], of=LIBRARY)

    @classmethod
    def decode(cls, text: str) -> "Cursor | None":
        """Return the cursor that ``text`` holds, or None where it is none of ours."""
        place = unseal(text, of=LIBRARY)
        if place is None:
            return None
        sort, value, key = place
        return cls(Sort(sort), value, uuid.UUID(key))


def cursor_at(sort: Sort, value: Any, asset_id: uuid.UUID) -> Cursor:
    """Return the cursor of a row; ``value`` is what its order's column holds."""
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
    return Cursor(sort, text, asset_id)
