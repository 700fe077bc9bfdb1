"""Rows of CSV files, each as the text of one or more lines, whatever is wrong with the quotes."""

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
    and each line behind it is a row of its own.

    Attributes:
        is_plain: the file was read to its end in search of a closing quote, so that the place of
            a row in the file is no longer known.
    """

    def __init__(self, content: Content, starts_at: int, *, delimiters: str) -> None:
        """Read from an offset at which a row begins; any of ``delimiters`` parts its cells."""
        self._lines = _Lines(content, starts_at)
        self._to_open = re.compile(f'[{re.escape(delimiters)}]"')
        self._again: list[str] = []
        self.is_plain = False

    @property
    def offset(self) -> int:
        """Return how far in the file the rows so far reach."""
        return self._lines.offset

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
    """Lines of a text file, and how far they reach."""

    def __init__(self, content: Content, starts_at: int) -> None:
        chunks = content.chunks(starts_at)
        if _has_old_line_ends(content):
            chunks = (chunk.replace(b"\r", b"\n") for chunk in chunks)
        self._window = JsonWindow(chunks, starts_at=starts_at, label=content.name)
        self.offset = starts_at

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
