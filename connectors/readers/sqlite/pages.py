"""The rows of a damaged database, page by page: whatever leaf still holds them.

https://sqlite.org/fileformat2.html: a leaf of a table lists its rows, each with its number, so that
a leaf can be read without the pages that lead to it.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, TypeAlias

from connectors.readers.pinterest.ids import pin_digits

Value: TypeAlias = str | int | float | bytes | None

_LEAF: Final = 0x0D
_HEADER_BYTES: Final = 100
_TEXT_FROM: Final = 13
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_ENCODINGS: Final = {2: "utf-16-le", 3: "utf-16-be"}
_LARGEST_PAGE: Final = 65_536
_MAX_ROW_BYTES: Final = 32 * 1024 * 1024
_MAX_VARINT: Final = 9


class _OddPageError(Exception):
    """A page does not hold what it says."""


class Leaves:
    """Rows of one table, found on the leaves of a database.

    Attributes:
        places: by the number of a row, the page and the place on it.
    """

    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        """Look through the whole file for rows with ``columns``, of which one is ``id``."""
        self._file = file
        self._columns = tuple(columns)
        self._id_at = self._columns.index("id")
        file.seek(0)
        head = file.read(_HEADER_BYTES).ljust(_HEADER_BYTES, b"\0")
        (size,) = struct.unpack_from(">H", head, 16)
        self._page_bytes = _LARGEST_PAGE if size == 1 else size
        self._usable = self._page_bytes - head[20]
        self._encoding = _ENCODINGS.get(head[59], "utf-8")
        self._pages = file.seek(0, 2) // self._page_bytes if self._page_bytes else 0
        self.places: dict[int, tuple[int, int]] = {}
        if self._page_bytes >= 512 and self._usable >= 480:  # noqa: PLR2004  # the format's least
            free = self._free_pages(head)
            for number in range(1, self._pages + 1):
                if number not in free:
                    self._look_at(number)

    def row(self, number: int) -> dict[str, Value] | None:
        """Return a row by its number, without the texts that are damaged; None where it is gone."""
        page, at = self.places[number]
        try:
            values = list(self._values(self._payload(self._page(page), at)))
        except _OddPageError:
            return None
        return dict(zip(self._columns, values, strict=False))

    def _page(self, number: int) -> bytes:
        self._file.seek((number - 1) * self._page_bytes)
        return self._file.read(self._page_bytes)

    def _free_pages(self, head: bytes) -> set[int]:
        """Return the pages of deleted rows, as far as their list can be followed."""
        free: set[int] = set()
        (trunk,) = struct.unpack_from(">I", head, 32)
        while 0 < trunk <= self._pages and trunk not in free:
            free.add(trunk)
            page = self._page(trunk)
            (following, count) = struct.unpack_from(">II", page)
            most = min(count, self._usable // 4 - 2)
            free.update(struct.unpack_from(f">{most}I", page, 8))
            trunk = following
        return free

    def _look_at(self, number: int) -> None:
        page = self._page(number)
        start = _HEADER_BYTES if number == 1 else 0
        if len(page) < start + 8 or page[start] != _LEAF:
            return
        (count,) = struct.unpack_from(">H", page, start + 3)
        # A row takes at least its place, three numbers, and the types of its values: a page that
        # names more has been damaged, or was made so that it is never done with.
        most = min(count, self._usable // (len(self._columns) + 5))
        for at in range(start + 8, min(start + 8 + 2 * most, len(page) - 1), 2):
            (cell,) = struct.unpack_from(">H", page, at)
            try:
                row = self._number_of(page, cell)
            except _OddPageError:
                continue
            if row is not None:
                self.places.setdefault(row, (number, cell))

    def _number_of(self, page: bytes, at: int) -> int | None:
        """Return the number of a cell's row; None where it is no row of the table."""
        _, at = _varint(page, at)
        number, at = _varint(page, at)
        types, body = _types(page[at : at + _MAX_VARINT * (len(self._columns) + 1)])
        if len(types) != len(self._columns) or types[self._id_at] < _TEXT_FROM:
            return None
        begin = at + body + sum(map(_length, types[: self._id_at]))
        end = begin + _length(types[self._id_at])
        try:
            text = page[begin:end].decode(self._encoding)
        except UnicodeDecodeError:
            return None
        is_signed = number >= 1 << 63
        return (number - (1 << 64) if is_signed else number) if pin_digits(text) else None

    def _payload(self, page: bytes, at: int) -> bytes:
        """Return the bytes of a row; what lies on further pages as far as they lead."""
        size, at = _varint(page, at)
        _, at = _varint(page, at)
        if size > _MAX_ROW_BYTES:
            raise _OddPageError
        most = self._usable - 35
        if size <= most:
            return page[at : at + size]
        least = (self._usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (self._usable - 4)
        local = local if local <= most else least
        held = bytearray(page[at : at + local])
        following = page[at + local : at + local + 4]
        seen: set[int] = set()
        while len(held) < size and len(following) == 4:  # noqa: PLR2004  # a page's number
            (number,) = struct.unpack(">I", following)
            if not 0 < number <= self._pages or number in seen:
                break
            seen.add(number)
            further = self._page(number)
            following = further[:4]
            held += further[4 : self._usable]
        return bytes(held[:size])

    def _values(self, payload: bytes) -> Iterator[Value]:
        types, at = _types(payload)
        for kind in types:
            length = _length(kind)
            data = payload[at : at + length]
            at += length
            yield self._value(kind, data) if len(data) == length else None

    def _value(self, kind: int, data: bytes) -> Value:
        if kind in _INTEGERS:
            return int.from_bytes(data, signed=True)
        if kind in {8, 9}:
            return kind - 8
        if kind < _TEXT_FROM - 1 or kind % 2 == 0:
            return None
        try:
            return data.decode(self._encoding)
        except UnicodeDecodeError:
            return None


def _types(data: bytes) -> tuple[list[int], int]:
    """Return the types of a row's values, and where the values begin."""
    size, at = _varint(data, 0)
    if size > len(data):
        raise _OddPageError
    types = []
    while at < size:
        kind, at = _varint(data, at)
        types.append(kind)
    return types, size


def _length(kind: int) -> int:
    if kind in _INTEGERS:
        return _INTEGERS[kind]
    if kind == 7:  # noqa: PLR2004  # a floating-point number
        return 8
    return max(kind - 12, 0) // 2


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to nine bytes, and where it ends."""
    value = 0
    for place in range(_MAX_VARINT):
        if at + place >= len(data):
            raise _OddPageError
        byte = data[at + place]
        if place == _MAX_VARINT - 1:
            return value << 8 | byte, at + place + 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004  # the last byte of a number
            return value, at + place + 1
    raise _OddPageError
