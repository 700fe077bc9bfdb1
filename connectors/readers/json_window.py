"""A window that slides over JSON bytes: finds where values end without holding the file."""

import re
from collections.abc import Iterator

from connectors.errors import CorruptFileError, FileRefusedError
from connectors.readers.batches import MAX_RECORD_BYTES

WINDOW_BYTES = 256 * 1024
_WHITESPACE = re.compile(rb"[ \t\r\n]*")
# Everything up to the next bracket outside a string. A lone quote is a string that the window
# cuts off. The possessive quantifiers keep hostile input linear.
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+(["\[\]{}])', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,\[\]{}:"]*+')
_OPENING = frozenset(b"[{")
# A hundred times what any parser reads; to look for the end of such a value takes minutes.
_MAX_NESTING = 100_000
QUOTE, COMMA, COLON = 0x22, 0x2C, 0x3A
OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT = 0x5B, 0x5D, 0x7B, 0x7D
END_OF_FILE = -1


class RecordTooLargeError(Exception):
    """A value is bigger than a record may be; it can only be skipped."""


class JsonWindow:
    """The bytes in hand, and where they lie in the file.

    Attributes:
        data: the bytes in hand.
        at: index of the next byte to read within ``data``.
    """

    def __init__(self, chunks: Iterator[bytes], *, starts_at: int = 0, label: str = "") -> None:
        """Start to read ``chunks``, the first of which lies at offset ``starts_at``."""
        self.data = b""
        self.at = 0
        self._chunks = chunks
        self._base = starts_at
        self._label = label
        self.is_complete = False
        self._failure: FileRefusedError | None = None

    @property
    def is_whole(self) -> bool:
        """Say whether the end of the file is in hand, and not the place where it broke."""
        return self.is_complete and self._failure is None

    @property
    def offset(self) -> int:
        """Return the position of the next byte in the file."""
        return self._base + self.at

    def offset_of(self, index: int) -> int:
        """Return the position in the file of ``data[index]``."""
        return self._base + index

    def back_to(self, offset: int) -> None:
        """Read again from an offset; what lies between must still be in hand."""
        self.at = offset - self._base

    def fill(self, wanted_bytes: int = WINDOW_BYTES) -> bool:
        """Drop what was read and hold at least ``wanted_bytes``; False when none were added."""
        held = len(self.data) - self.at
        if self.is_complete or held >= wanted_bytes:
            return False
        parts = [self.data[self.at :]]
        before = held
        while held < wanted_bytes:
            chunk = self._next_chunk()
            if chunk is None:
                self.is_complete = True
                break
            parts.append(chunk)
            held += len(chunk)
        self._base += self.at
        self.at = 0
        self.data = b"".join(parts)
        return held > before

    def check(self) -> None:
        """Raise what ended the file early, if anything did."""
        if self._failure is not None:
            raise self._failure

    def _next_chunk(self) -> bytes | None:
        try:
            return next(self._chunks, None)
        except FileRefusedError as exc:
            self._failure = exc  # what is in hand comes first
            return None

    def more(self) -> bool:
        """Hold at least twice as much, so that repeated scans stay linear in sum."""
        return self.fill(2 * (len(self.data) - self.at) + WINDOW_BYTES)

    def peek(self) -> int:
        """Skip white space and return the next byte without reading it; -1 at the end."""
        while True:
            match = _WHITESPACE.match(self.data, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.data):
                return self.data[self.at]
            if not self.fill():
                self.check()
                return END_OF_FILE

    def expect(self, byte: int) -> None:
        """Read ``byte`` behind white space, or report a broken file."""
        if self.peek() != byte:
            raise self.broken()
        self.at += 1

    def broken(self) -> CorruptFileError:
        """Return the error for a file that breaks the rules of JSON right here."""
        where = "breaks off" if self.peek() == END_OF_FILE else "is not valid JSON"
        return CorruptFileError(
            f"“{self._label}” {where} at byte {self.offset:,}. Nothing behind that can be read. "
            "Download the export again and import the new file.",
            offset=self.offset,
        )

    def value_end(self, *, limit_bytes: int = MAX_RECORD_BYTES) -> int:
        """Return the index behind the value that starts here, holding all of it.

        Raises:
            RecordTooLargeError: the value is bigger than ``limit_bytes``.
            CorruptFileError: the file ends within the value.
        """
        first = self.peek()
        if first == END_OF_FILE:
            raise self.broken()
        if first in _OPENING:
            return self._container_end(limit_bytes)
        pattern = _STRING if first == QUOTE else _SCALAR
        while True:
            match = pattern.match(self.data, self.at)
            if match and (match.end() < len(self.data) or self.is_complete):
                if match.end() == self.at:
                    raise self.broken()
                return match.end()
            self._grow(limit_bytes)

    def _container_end(self, limit_bytes: int) -> int:
        depth = 0
        scanned = 0  # relative to ``at``, which moves to 0 when the window is filled
        while True:
            # Not ``finditer``, which would try again behind each byte where no bracket follows.
            while match := _TO_BRACKET.match(self.data, self.at + scanned):
                byte = match[1][0]
                if byte == QUOTE:
                    scanned = match.start(1) - self.at
                    break
                scanned = match.end() - self.at
                depth = self._deeper(depth, byte)
                if depth == 0:
                    return match.end()
            self._grow(limit_bytes)

    def _deeper(self, depth: int, byte: int) -> int:
        """Return the depth behind a bracket; refuse what only harm is nested like."""
        if byte not in _OPENING:
            return depth - 1
        if depth < _MAX_NESTING:
            return depth + 1
        message = (
            f"“{self._label}” is nested more deeply than any export. Nothing behind that can be "
            "read. Download the export again and import the new file."
        )
        raise CorruptFileError(message, offset=self.offset)

    def _grow(self, limit_bytes: int) -> None:
        if len(self.data) - self.at > limit_bytes:
            raise RecordTooLargeError
        if not self.more() and self.is_complete:
            self.at = len(self.data)
            raise self.broken()

    def skip_value(self) -> None:
        """Read over the value that starts here, holding little of it."""
        if self.peek() not in _OPENING:
            self._skip_scalar()
            return
        depth = 0
        while True:
            match = _TO_BRACKET.match(self.data, self.at)
            if match and match[1] != b'"':
                self.at = match.end()
                depth = self._deeper(depth, match[1][0])
                if depth == 0:
                    return
                continue
            if match:
                self.at = match.start(1)
                self._skip_scalar()
                continue
            # No bracket and no string that is cut off: nothing of the window is needed.
            self.at = len(self.data)
            if not self.fill():
                raise self.broken()

    def _skip_scalar(self) -> None:
        if self.peek() == QUOTE:
            self._skip_string()
            return
        starts_at = self.offset
        while match := _SCALAR.match(self.data, self.at):
            self.at = match.end()
            if self.at < len(self.data) or not self.fill():
                break
        if self.offset == starts_at:
            raise self.broken()

    def _skip_string(self) -> None:
        self.at += 1
        while True:
            match = _STRING_REST.match(self.data, self.at)
            self.at = match.end() if match else self.at
            if self.data[self.at : self.at + 1] == b'"':
                self.at += 1
                return
            if not self.fill(len(self.data) - self.at + WINDOW_BYTES):
                raise self.broken()

    def line_end(self, *, limit_bytes: int = MAX_RECORD_BYTES) -> int:
        """Return the index behind the line that starts here, holding all of it.

        Raises:
            RecordTooLargeError: the line is longer than ``limit_bytes``.
        """
        while (end := self.data.find(b"\n", self.at)) < 0 and not self.is_complete:
            if len(self.data) - self.at > limit_bytes:
                raise RecordTooLargeError
            self.more()
        return end + 1 if end >= 0 else len(self.data)

    def skip_line(self) -> None:
        """Read over the rest of the line, holding little of it."""
        while (end := self.data.find(b"\n", self.at)) < 0:
            self.at = len(self.data)
            if not self.fill():
                return
        self.at = end + 1
