"""Where the bytes of pictures are kept: content-addressed keys in the default storage."""

import uuid
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage


def blob_key(org_id: uuid.UUID, sha256: str) -> str:
    """Return the key of an original; the organization comes first, so that it can be purged."""
    return f"blobs/{org_id}/{sha256[:2]}/{sha256}"


def rendition_key(org_id: uuid.UUID, blob_sha256: str, name: str) -> str:
    """Return the key of a derived picture."""
    return f"renditions/{org_id}/{blob_sha256[:2]}/{blob_sha256}.{name}.webp"


def put_file(key: str, file: IO[bytes]) -> str:
    """Store ``file`` under ``key`` unless its bytes are there; return the key that it has."""
    if default_storage.exists(key):
        return key
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
