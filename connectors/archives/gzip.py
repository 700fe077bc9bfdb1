"""Single files packed with gzip: streamed, with the same bounds as a member of a ZIP."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from connectors.archives.limits import DEFAULT_LIMITS, ArchiveLimits, bomb, damaged
from connectors.errors import ArchiveRefusedError

MAGIC = b"\x1f\x8b"
_PACKED_CHUNK = 128 * 1024
_REAL_CHUNK = 512 * 1024
_GZIP_WBITS = 16 + zlib.MAX_WBITS


def read_gzip(
    file: BinaryIO, *, label: str, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Iterator[bytes]:
    """Yield the unpacked bytes of a gzip file in chunks of at most 512 KiB.

    Raises:
        ArchiveRefusedError: the data are damaged, break off, or grow beyond measure.
    """
    real_bytes = 0
    for packed_bytes, chunk in _inflate(file, label):
        real_bytes += len(chunk)
        if limits.is_bomb(packed_bytes=packed_bytes, real_bytes=real_bytes):
            raise bomb(label, label)
        if real_bytes > limits.member_bytes:
            raise ArchiveRefusedError(
                f"“{label}” is bigger than the 4 GB that are read. Split the export into parts.",
                reason="too_big",
            )
        yield chunk


def _inflate(file: BinaryIO, label: str) -> Iterator[tuple[int, bytes]]:
    """Yield how much was read and what it became; a file may hold several streams in a row."""
    inflater = zlib.decompressobj(_GZIP_WBITS)
    at = 0
    while True:
        file.seek(at)
        data = file.read(_PACKED_CHUNK)
        if not data:
            break
        at += len(data)
        while data:
            if inflater.eof:
                data = data.lstrip(b"\0")  # padding to a block is legal
                if not data:
                    break
                inflater = zlib.decompressobj(_GZIP_WBITS)
            try:
                real = inflater.decompress(data, _REAL_CHUNK)
            except zlib.error as exc:
                raise damaged(label, "its data are damaged") from exc
            data = inflater.unconsumed_tail or inflater.unused_data
            if real:
                yield at, real
    if real := inflater.flush():
        yield at, real
    if not inflater.eof:
        raise damaged(label, "it breaks off", reason="truncated")
