"""Where the bytes of pictures are kept: content-addressed keys in the default storage."""

import os
import threading
import uuid
from collections.abc import Iterator
from typing import IO, Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

CHUNK = 256 * 1024
# How the key of a picture begins whose bytes came with its record; their hash follows.
HELD_PREFIX = "sha256:"

# Pictures of a batch may have the same bytes: what one thread is writing is no broken-off file.
_LOCKS = tuple(threading.Lock() for _ in range(64))


def blob_key(org_id: uuid.UUID, sha256: str) -> str:
    """Return the key of an original; the organization comes first, so that it can be purged."""
    return f"blobs/{org_id}/{sha256[:2]}/{sha256}"


def rendition_key(org_id: uuid.UUID, blob_sha256: str, name: str) -> str:
    """Return the key of a derived picture."""
    return f"renditions/{org_id}/{blob_sha256[:2]}/{blob_sha256}.{name}.webp"


def put_file(key: str, file: IO[bytes]) -> str:
    """Store ``file`` under ``key`` unless its bytes are there; return the key that it has."""
    with _lock_of(key):
        if default_storage.exists(key):
            # A directory may hold the first part of a file whose writer was killed.
            if default_storage.size(key) == file.seek(0, os.SEEK_END):
                return key
            default_storage.delete(key)
        file.seek(0)
        return default_storage.save(key, File(file))


def replace_file(key: str, file: IO[bytes]) -> str:
    """Store ``file`` under ``key`` in place of whatever lies there; return the key that it has."""
    if default_storage.exists(key):
        default_storage.delete(key)
    file.seek(0)
    return default_storage.save(key, File(file))


def put_bytes(key: str, content: bytes) -> str:
    """Store ``content`` under ``key``, in place of what a broken-off try may have left."""
    if default_storage.exists(key):
        default_storage.delete(key)
    return default_storage.save(key, ContentFile(content))


def read_bytes(key: str) -> bytes:
    """Return what is stored under ``key``.

    Raises:
        FileNotFoundError: nothing is.
    """
    with default_storage.open(key, "rb") as file:
        content: bytes = file.read()
    return content


def _lock_of(key: str) -> threading.Lock:
    return _LOCKS[hash(key) % len(_LOCKS)]


class StoredChunks:
    """Iterates over opened bytes, piece by piece; closes them even where none was asked for."""

    def __init__(self, body: Any, *, length: int) -> None:
        self._body = body
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        """Return the iterator that this is."""
        return self

    def __next__(self) -> bytes:
        """Return the next piece."""
        chunk: bytes = self._body.read(min(CHUNK, self._left)) if self._left else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Let the bytes go."""
        self._body.close()


def open_chunks(key: str, *, start: int, length: int) -> StoredChunks:
    """Open part of what is stored under ``key``; an object store is asked for just that part.

    Raises:
        FileNotFoundError: nothing is stored under ``key``; raised here, not on the way.
    """
    if hasattr(default_storage, "bucket") and length:
        return StoredChunks(_object_body(key, start=start, length=length), length=length)
    file = default_storage.open(key, "rb")
    file.seek(start)
    return StoredChunks(file, length=length)


def _object_body(key: str, *, start: int, length: int) -> Any:
    # Imported here: only an installation on an object store has a use for it.
    from botocore.exceptions import ClientError  # noqa: PLC0415

    storage: Any = default_storage
    try:
        return storage.bucket.Object(key).get(Range=f"bytes={start}-{start + length - 1}")["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            raise FileNotFoundError(key) from error
        raise
