"""The bytes of one member of an import, wherever they lie: a file, a ZIP member, a gzip file."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from connectors.archives import MemberInfo, ZipArchive, read_gzip
from connectors.errors import FileRefusedError

_CHUNK = 512 * 1024
_UTF8_BOM = codecs.BOM_UTF8
# The longer marks first: that of UTF-32 begins like that of UTF-16.
_WIDE_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Where the NULs of ASCII stand in four bytes of text without a mark.
_WIDE_SHAPES: dict[tuple[bool, ...], str] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}


class Content(Protocol):
    """A named run of bytes that can be read again and again.

    Attributes:
        name: what to call it, with folders where it has some.
        size_bytes: real size; None where only reading tells it.
    """

    name: str
    size_bytes: int | None

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes from ``start`` on; several iterators may run side by side."""


class FileContent:
    """A file as it was brought."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Wrap ``file``, which stays open and seekable."""
        self.name = name
        self._file = file
        self.size_bytes: int | None = file.seek(0, io.SEEK_END)

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes from ``start`` on."""
        at = start
        while True:
            self._file.seek(at)
            chunk = self._file.read(_CHUNK)
            if not chunk:
                return
            at += len(chunk)
            yield chunk


class ZipContent:
    """A member of a checked ZIP file."""

    def __init__(self, archive: ZipArchive, member: MemberInfo) -> None:
        """Wrap ``member``."""
        self.archive = archive
        self.member = member
        self.name = member.label
        self.size_bytes: int | None = member.real_bytes

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes from ``start`` on; what stands before is unpacked and dropped."""
        yield from _skip(self.archive.read(self.member), start)


class GzipContent:
    """A single file packed with gzip."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Wrap ``file``, which stays open and seekable."""
        self.name = name.removesuffix(".gz")
        self._file = file
        self.size_bytes: int | None = None

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes from ``start`` on; what stands before is unpacked and dropped."""
        yield from _skip(read_gzip(self._file, label=self.name), start)


class TextContent:
    """Text as UTF-8 without a byte-order mark, whatever the file holds."""

    def __init__(self, content: Content) -> None:
        """Look at the mark of ``content``."""
        self.name = content.name
        self.inner = content
        self._encoding, self._mark_bytes = _encoding_of(head_of(content, 4))
        self.size_bytes = None if self._encoding else content.size_bytes

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the text as UTF-8 from ``start`` on."""
        if self._encoding is None:
            yield from self.inner.chunks(start + self._mark_bytes)
        else:
            yield from _skip(self._decode(self._encoding), start)

    def _decode(self, encoding: str) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        for chunk in self.inner.chunks(self._mark_bytes):
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _encoding_of(head: bytes) -> tuple[str | None, int]:
    """Return the encoding of text, None for UTF-8, and how long its mark is."""
    for mark, name in _WIDE_BOMS.items():
        if head.startswith(mark):
            return name, len(mark)
    if head.startswith(_UTF8_BOM):
        return None, len(_UTF8_BOM)
    # JSON, CSV and HTML all begin with ASCII, which these encodings fill up with NULs.
    shape = tuple(byte == 0 for byte in head[:4])
    return _WIDE_SHAPES.get(shape), 0


def head_of(content: Content, size: int) -> bytes:
    """Return the first ``size`` bytes, or all that stand before an end or a break.

    Raises:
        FileRefusedError: the very first bytes cannot be read.
    """
    held = b""
    try:
        for chunk in content.chunks():
            held += chunk
            if len(held) >= size:
                break
    except FileRefusedError:
        if not held:
            raise
    return held[:size]


def _skip(chunks: Iterator[bytes], count: int) -> Iterator[bytes]:
    left = count
    for chunk in chunks:
        if left >= len(chunk):
            left -= len(chunk)
        else:
            yield chunk[left:] if left else chunk
            left = 0
