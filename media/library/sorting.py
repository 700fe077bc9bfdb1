"""The orders of the library; each is total, and a cursor says where a page ended."""

import base64
import binascii
import dataclasses
import datetime as dt
import json
import uuid
from typing import Any

from django.db import models

MAX_CURSOR = 1_000


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
        text = json.dumps([self.sort.value, self.value, self.asset_id.hex])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor | None":
        """Return the cursor that ``text`` holds, or None where it holds none."""
        if len(text) > MAX_CURSOR:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            sort, value, key = json.loads(raw)
            cursor = cls(Sort(sort), str(value), uuid.UUID(key))
        except (binascii.Error, ValueError, TypeError, AttributeError):
            return None
        return cursor if _fits(cursor) else None


def cursor_at(sort: Sort, value: Any, asset_id: uuid.UUID) -> Cursor:
    """Return the cursor of a row; ``value`` is what its order's column holds."""
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
    return Cursor(sort, text, asset_id)


def _fits(cursor: Cursor) -> bool:
    """Return whether Postgres can read the value, so that a forged one is no error."""
    cast = ORDERS[cursor.sort].cast
    try:
        if cast == "timestamptz":
            return dt.datetime.fromisoformat(cursor.value).tzinfo is not None
        if cast == "float8":
            return float(cursor.value) >= 0
        if cast == "bigint":
            return abs(int(cursor.value)) < 2**63
    except ValueError:
        return False
    return "\0" not in cursor.value
