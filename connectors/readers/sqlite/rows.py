"""The rows of the table of pins: by their numbers, around what is damaged, and out of its pages."""

import dataclasses
import enum
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from connectors.readers.pinterest.ids import pin_digits
from connectors.readers.sqlite.copies import DatabaseContent
from connectors.readers.sqlite.pages import Leaves

# As the scraper made them; where a database does not say its own any more.
COLUMNS: Final = (
    *("id", "pin_hash", "query", "title", "description", "creator_name", "creator_id"),
    *("board_name", "board_id", "image_urls", "largest_image_url", "stats", "raw_data"),
    *("created_at", "updated_at"),
)
_TELLING: Final = frozenset({"image_urls", "largest_image_url", "raw_data"})
BATCH_ROWS: Final = 200
# Of the texts that are held at a time, above which a batch ends with the row at hand: a row may
# have many million, and a file as long as one of them may be made of thousands.
BATCH_LENGTH: Final = 16 * 1024 * 1024
# The first number that a row may have, and the one behind the last.
_FIRST: Final = -(2**63)
_END: Final = 2**63
# As a place to start from, 0 is the first row: that of the number 0 is called by another.
_ROW_ZERO: Final = _END


@dataclasses.dataclass(frozen=True, slots=True)
class Lost:
    """A row that was there and cannot be read; or a stretch of which nobody knows what was there.

    Attributes:
        pin_id: what it was called, where an index still tells.
    """

    pin_id: str = ""


Row: TypeAlias = tuple[int, Mapping[str, object] | Lost]


class _Behind(enum.Enum):
    """What stands behind the rows that were read."""

    MORE = enum.auto()
    DAMAGE = enum.auto()
    NOTHING = enum.auto()


class PinTable:
    """The pins of a scraper's database."""

    def __init__(self, content: DatabaseContent) -> None:
        self._database, self._file = content.opened()
        self.columns = _columns_of(self._database)
        names = ", ".join(f'"{name}"' for name in self.columns or ())
        self._number = _number_name(self._database, self.columns or ())
        if not self._number:
            # Rows that cannot be told apart cannot be gone on from.
            self.columns = ()
        self._select = (
            f"SELECT {self._number}, {names} FROM pins NOT INDEXED WHERE {self._number} >= ?"  # noqa: S608  # names out of the database, and quoted
        )
        self._leaves: Leaves | None = None
        self._index: tuple[dict[int, str], bool] | None = None

    @property
    def is_known(self) -> bool:
        """Return whether there are pins of a scraper; where the tables are damaged, any pin."""
        if self.columns is None:
            return bool(self._found_leaves().places)
        return "id" in self.columns and not _TELLING.isdisjoint(self.columns)

    def last_number(self) -> int:
        """Return the highest number of a row; 0 where nothing tells."""
        try:
            (number,) = self._database.execute(
                f"SELECT max({self._number}) FROM pins"  # noqa: S608  # one of three names
            ).fetchone()
        except sqlite3.Error:
            return max(self._found_leaves().places, default=0)
        return number or 0

    def batches(self, start: int) -> Iterator[list[Row]]:
        """Yield the rows from the place ``start`` on, some at a time, by their numbers.

        Args:
            start: `place_of` a row; 0 for the first one.
        """
        at = {0: _FIRST, _ROW_ZERO: 0}.get(start, start)
        if self.columns is None or not self._is_in_order():
            yield from self._cut(self._salvaged(at, _END))
            return
        while at < _END:
            rows, behind = self._read(at)
            if rows:
                yield rows
                at = rows[-1][0] + 1
            if behind is _Behind.DAMAGE:
                end = self._next_readable(at)
                yield from self._cut(self._salvaged(at, end))
                at = end
            elif behind is _Behind.NOTHING:
                return

    def _is_in_order(self) -> bool:
        """Return whether numbers rise, as far as they can be read.

        Where pages took each other's places they do not: rows would be passed over, or read again
        and again, as SQLite believes what leads to a page.
        """
        before = _FIRST - 1
        try:
            for (number,) in self._database.execute(
                f"SELECT {self._number} FROM pins NOT INDEXED ORDER BY {self._number}"  # noqa: S608  # one of three names
            ):
                if number <= before:
                    return False
                before = number
        except sqlite3.Error:
            return True
        return True

    def _read(self, at: int, most: int = BATCH_ROWS) -> tuple[list[Row], _Behind]:
        """Return the next rows, and what stands behind them."""
        rows: list[Row] = []
        length = 0
        try:
            found = self._database.execute(
                f"{self._select} ORDER BY {self._number} LIMIT ?", (at, most)
            )
            for number, *values in found:
                if number < at:
                    # Out of order, behind a page that could not be read.
                    return rows, _Behind.DAMAGE
                rows.append((number, dict(zip(self.columns or (), values, strict=True))))
                at, length = number + 1, length + _length_of(values)
                if length > BATCH_LENGTH:
                    return rows, _Behind.MORE
        except sqlite3.Error:
            return rows, _Behind.DAMAGE
        return rows, _Behind.MORE if len(rows) == most else _Behind.NOTHING

    def _next_readable(self, at: int) -> int:
        """Return from which number on rows can be read again, behind a damaged one at ``at``."""
        bad, good, step = at, _END, 1
        while good == _END:
            if bad >= _END - 1:
                return _END
            probe = min(at + step, _END - 1)
            if self._is_damaged(probe):
                bad, step = probe, step * 2
            else:
                good = probe
        while good - bad > 1:
            middle = (good + bad) // 2
            if self._is_damaged(middle):
                bad = middle
            else:
                good = middle
        return good

    def _is_damaged(self, at: int) -> bool:
        return self._read(at, 1)[1] is _Behind.DAMAGE

    def _salvaged(self, begin: int, end: int) -> Iterator[Row]:
        """Yield the rows of a damaged stretch: out of the pages, or what an index tells of them."""
        leaves = self._found_leaves()
        names, is_whole = self._indexed()
        numbers = {number for number in leaves.places if begin <= number < end}
        numbers |= {number for number in names if begin <= number < end}
        for number in sorted(numbers):
            row = leaves.row(number) if number in leaves.places else None
            if row is None or not pin_digits(str(row.get("id") or "")):
                yield number, Lost(names.get(number, ""))
            else:
                yield number, row
        if not is_whole:
            yield max(numbers, default=begin), Lost()

    def _cut(self, rows: Iterator[Row]) -> Iterator[list[Row]]:
        batch: list[Row] = []
        length = 0
        for row in rows:
            # What is told of the whole stretch stays with its last row, to be found there again.
            is_full = len(batch) >= BATCH_ROWS or length > BATCH_LENGTH
            if is_full and row[1] != Lost():
                yield batch
                batch, length = [], 0
            batch.append(row)
            length += 0 if isinstance(row[1], Lost) else _length_of(row[1].values())
        if batch:
            yield batch

    def _found_leaves(self) -> Leaves:
        if self._leaves is None:
            self._leaves = Leaves(self._file, self.columns or COLUMNS)
        return self._leaves

    def _indexed(self) -> tuple[dict[int, str], bool]:
        """Return the ids of all rows by their numbers, out of an index, and whether it is whole."""
        if self._index is None:
            names: dict[int, str] = {}
            is_whole = False
            try:
                found = self._database.execute(
                    f"SELECT {self._number}, id FROM pins"  # noqa: S608  # one of three names
                    " INDEXED BY sqlite_autoindex_pins_1"
                )
                for number, name in found:
                    names[number] = str(name)
                is_whole = True
            except sqlite3.Error:
                pass
            self._index = names, is_whole
        return self._index


def place_of(number: int) -> int:
    """Return the place from which a table is read on with the row of this number."""
    return number or _ROW_ZERO


def _length_of(values: Iterable[object]) -> int:
    return sum(len(value) for value in values if isinstance(value, str | bytes))


def _columns_of(database: sqlite3.Connection) -> tuple[str, ...] | None:
    """Return the columns of the table of pins; None where the list of tables is damaged.

    Where there is no such table, it has no columns.
    """
    try:
        (count,) = database.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'pins'"
            " AND sql NOT LIKE 'CREATE VIRTUAL%'"
        ).fetchone()
        if not count:
            return ()
        # Hidden and computed columns are not among them.
        found = database.execute("PRAGMA table_info(pins)").fetchall()
    except sqlite3.Error:
        return None
    return tuple(row[1] for row in found)


def _number_name(database: sqlite3.Connection, columns: Collection[str]) -> str:
    """Return what the number of a row is called; empty where rows have none that has a name."""
    taken = {name.casefold() for name in columns}
    name = next((name for name in ("rowid", "_rowid_", "oid") if name not in taken), "")
    if name and columns:
        try:
            database.execute(f"SELECT {name} FROM pins LIMIT 0")  # noqa: S608  # one of three names
        except sqlite3.OperationalError as error:
            # Of a table WITHOUT ROWID; what is damaged says something else.
            return "" if str(error).startswith("no such column") else name
        except sqlite3.Error:
            return name
    return name
