"""Rows of CSV files, each as the text of one or more lines, whatever is wrong with the quotes."""

import csv
import io
import re
from collections.abc import Iterator

from connectors.readers.batches import EXCERPT_LENGTH, MAX_RECORD_BYTES, Unreadable
from connectors.readers.contents import Content, head_of
from connectors.readers.json_window import JsonWindow, RecordTooLargeError
from connectors.readers.text import decode

# To the end of a quoted cell; doubled quotes belong to it.
_TO_CLOSE = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_HEAD_BYTES = 64 * 1024
_TOO_LARGE = Unreadable("The row is bigger than 16 MB.")
_NEVER_CLOSED = "A quotation mark opens here that nothing closes"


class RowTexts(Iterator["str | Unreadable"]):
    """The rows of a file in order: the text of each, or why it is none.

    A quote that is never closed would swallow the rest of the file: then its line is given up,
    and each line behind it is a row of its own. Rows that all programs read alike, as most are,
    come cut into cells by :meth:`take_clean`; only those between them need a closer look.

    Attributes:
        plain_source: the bytes of the rows that :meth:`take_clean` returned, where they hold
            nothing that a database refuses, nor an escape that could stand for it.
        is_plain: the file was read to its end in search of a closing quote, so that the place of
            a row in the file is no longer known.
    """

    def __init__(self, content: Content, starts_at: int, *, delimiters: str) -> None:
        """Read from an offset at which a row begins; any of ``delimiters`` parts its cells."""
        self._lines = _Lines(content, starts_at)
        self._to_open = re.compile(f'[{re.escape(delimiters)}]"')
        self._again: list[str] = []
        self._slow_until = starts_at
        self.is_plain = False
        self.plain_source = b""

    @property
    def offset(self) -> int:
        """Return how far in the file the rows so far reach."""
        return self._lines.offset

    @property
    def is_odd(self) -> bool:
        """Say whether the next rows need a closer look."""
        return self.is_plain or self.offset < self._slow_until

    def take_clean(self, delimiter: str) -> list[list[str]]:
        """Return the cells of the rows in hand, up to the first odd one; none behind that one.

        So no part of a file is looked at more than twice, however odd its rows are.
        """
        if self.is_odd:
            return []
        rows: list[list[str]] = []
        whole_lines = 0
        source = self._lines.in_hand()
        is_storable = b"\0" not in source and b"\\u" not in source
        self.plain_source = source if is_storable else b""
        lines = io.StringIO(decode(source), newline="\n")
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                rows.append(row)
                whole_lines = reader.line_num
        except csv.Error:
            self._slow_until = self._lines.end_in_hand
        self._lines.pass_over(whole_lines)
        return rows

    def __next__(self) -> "str | Unreadable":
        line = self._again.pop() if self._again else next(self._lines)
        if not isinstance(line, str) or '"' not in line or self.is_plain:
            return line
        return self._whole_row(line) if self._ends_open(line, is_open=False) else line

    def _whole_row(self, line: str) -> "str | Unreadable":
        """Return the row that begins with ``line``, in which a cell stays open."""
        parts, size = [line], len(line)
        for following in self._lines:
            if not isinstance(following, str):
                return following
            size += len(following)
            if size <= MAX_RECORD_BYTES:
                parts.append(following)
            if not self._ends_open(following, is_open=True):
                return "".join(parts) if size <= MAX_RECORD_BYTES else _TOO_LARGE
        self.is_plain = True
        if size > MAX_RECORD_BYTES:
            detail = f"{_NEVER_CLOSED}, so that nothing behind it could be read."
            return Unreadable(detail, line[:EXCERPT_LENGTH])
        self._again = parts[:0:-1]
        return Unreadable(f"{_NEVER_CLOSED}.", line[:EXCERPT_LENGTH])

    def _ends_open(self, line: str, *, is_open: bool) -> bool:
        """Say whether a quoted cell stays open at the end of a line."""
        at = 0
        if not is_open and not line.startswith('"'):
            opening = self._to_open.search(line)
            if opening is None:
                return False
            at = opening.end()
        elif not is_open:
            at = 1
        while closing := _TO_CLOSE.match(line, at):
            opening = self._to_open.search(line, closing.end())
            if opening is None:
                return False
            at = opening.end()
        return True


class _Lines(Iterator["str | Unreadable"]):
    """Lines of a text file, and how far they reach.

    Attributes:
        offset: behind the lines so far.
        end_in_hand: behind the last whole line that :meth:`in_hand` returned.
    """

    def __init__(self, content: Content, starts_at: int) -> None:
        chunks = content.chunks(starts_at)
        if _has_old_line_ends(content):
            chunks = (chunk.replace(b"\r", b"\n") for chunk in chunks)
        self._window = JsonWindow(chunks, starts_at=starts_at, label=content.name)
        self.offset = self.end_in_hand = starts_at

    def in_hand(self) -> bytes:
        """Return the whole lines in hand, without passing over them."""
        window = self._window
        window.fill()
        end = len(window.data) if window.is_whole else window.data.rfind(b"\n", window.at) + 1
        end = max(end, window.at)
        self.end_in_hand = window.offset_of(end)
        return window.data[window.at : end]

    def pass_over(self, count: int) -> None:
        """Pass over so many of the lines in hand."""
        window = self._window
        for _ in range(count):
            end = window.data.find(b"\n", window.at) + 1
            window.at = end or len(window.data)
        self.offset = window.offset

    def __next__(self) -> "str | Unreadable":
        window = self._window
        try:
            end = window.line_end()
        except RecordTooLargeError:
            window.skip_line()
            self.offset = window.offset
            return _TOO_LARGE
        if end == window.at or not (window.is_whole or window.data[end - 1 : end] == b"\n"):
            window.check()
            raise StopIteration
        line = window.data[window.at : end]
        window.at = end
        self.offset = window.offset
        return decode(line)


def _has_old_line_ends(content: Content) -> bool:
    """Say whether lines end with a carriage return alone, as Excel for Mac writes them."""
    head = head_of(content, _HEAD_BYTES)
    return b"\r" in head and b"\n" not in head
