"""The body of an answer: decoded within bounds, counted, hashed and written away."""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import BinaryIO, Final

from connectors.errors import FetchError
from connectors.guard.messages import Body

Writer = BinaryIO | Callable[[bytes], object]

_PIECE_BYTES: Final = 64 * 1024
# zlib inflates at most about a thousandfold, so this much input yields at most some 8 MB
# before other work, and the deadline, get their turn.
_INPUT_SLICE_BYTES: Final = 8 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_GZIP_NAMES: Final = frozenset({"gzip", "x-gzip"})
# Those that change a body, so far as anybody uses them. Other words mean nothing, as in browsers:
# pictures in buckets are called "base64" or "utf-8", and are as they should be.
_ENCODINGS: Final = _GZIP_NAMES | {"br", "compress", "deflate", "x-compress", "zstd", "dcb", "dcz"}


class BodySink:
    """Writes pieces away as they come, and refuses more than a number of bytes.

    Attributes:
        size_bytes: written so far.
    """

    def __init__(self, to: Writer, *, max_bytes: int) -> None:
        self._write: Callable[[bytes], object] = to if callable(to) else to.write
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        """Write one piece.

        Raises:
            FetchError: ``payload_too_large``; the piece is not written.
        """
        self.size_bytes += len(piece)
        refuse_too_large(self.size_bytes, self._max_bytes)
        self._digest.update(piece)
        self._write(piece)

    @property
    def sha256(self) -> str:
        """The digest of what was written, in lower-case hexadecimal."""
        return self._digest.hexdigest()


def refuse_too_large(size_bytes: int, max_bytes: int) -> None:
    """Refuse a body, announced or received, above the limit.

    Raises:
        FetchError: ``payload_too_large``.
    """
    if size_bytes > max_bytes:
        raise FetchError(
            f"The answer is larger than {max_bytes:,} bytes.", fetch_code="payload_too_large"
        )


async def decode(body: Body, encoding: str) -> AsyncGenerator[bytes]:
    """Yield the body in pieces, without its content encoding, of which only gzip is accepted.

    Raises:
        FetchError: ``bad_response``; another encoding, or broken data.
    """
    encodings = [name for name in map(str.strip, encoding.split(",")) if name in _ENCODINGS]
    if len(encodings) > 1 or not _GZIP_NAMES.issuperset(encodings):
        raise FetchError("The answer is encoded in an unknown way.", fetch_code="bad_response")
    wire = aiter(body)
    pieces = _gunzip(wire) if encodings else wire
    async with aclosing(wire), aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _gunzip(wire: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    inflater = zlib.decompressobj(_GZIP)
    async for chunk in wire:
        for start in range(0, len(chunk), _INPUT_SLICE_BYTES):
            for piece in _inflate(inflater, chunk[start : start + _INPUT_SLICE_BYTES]):
                yield piece
            await asyncio.sleep(0)
    if not inflater.eof:
        raise _broken_gzip()


def _inflate(inflater: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    if inflater.eof:
        raise _broken_gzip()
    is_full = True
    while data or is_full:
        try:
            piece = inflater.decompress(data, _PIECE_BYTES)
        except zlib.error as exc:
            raise _broken_gzip() from exc
        yield piece
        data = inflater.unconsumed_tail
        # A full piece may leave output inside zlib although all input is consumed.
        is_full = len(piece) == _PIECE_BYTES
    if inflater.unused_data:
        raise _broken_gzip()


def _broken_gzip() -> FetchError:
    return FetchError("The answer's compression is broken.", fetch_code="bad_response")
