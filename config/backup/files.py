"""Walks the storage where pictures and import files lie."""

import hashlib
from collections.abc import Iterator
from typing import IO

from django.core.files.base import File
from django.core.files.storage import Storage

from config.backup.archive import CHUNK_BYTES, ArchiveWriter
from config.backup.errors import BackupError
from config.backup.manifest import Member


def stored_names(storage: Storage, folder: str = "") -> Iterator[str]:
    """Yield the name of every stored file."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return  # nothing was stored yet
    prefix = f"{folder}/" if folder else ""
    for name in sorted(files):
        yield f"{prefix}{name}"
    for name in sorted(folders):
        yield from stored_names(storage, f"{prefix}{name}")


def save_files(storage: Storage, archive: ArchiveWriter) -> dict[str, Member]:
    """Put every stored file into the archive.

    The rows were read before: a file that comes meanwhile does no harm, and one that goes
    meanwhile was deleted on purpose.
    """
    saved = {}
    for name in stored_names(storage):
        try:
            with storage.open(name, "rb") as content:
                saved[name] = archive.add_file(name, content, storage.size(name))
        except FileNotFoundError:
            continue
    return saved


def put_file_back(storage: Storage, name: str, content: IO[bytes], expected: Member) -> None:
    """Store one file under its old name; the same file again changes nothing.

    Raises:
        BackupError: the storage holds something else afterwards.
    """
    if storage.exists(name):
        if _stored_sha256(storage, name) == expected.sha256:
            return
        storage.delete(name)
    stored_as = storage.save(name, File(content, name=name))
    if stored_as != name or _stored_sha256(storage, name) != expected.sha256:
        storage.delete(stored_as)
        message = f"The storage did not keep {name} as it was given. Is another process writing?"
        raise BackupError(message)


def _stored_sha256(storage: Storage, name: str) -> str:
    with storage.open(name, "rb") as content:
        digest = hashlib.sha256()
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
