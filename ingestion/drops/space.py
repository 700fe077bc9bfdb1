"""Files in the drop folders of one organization: its own space of the storage ``drops``.

The space is the folder, or the prefix of the bucket, that is named after the organization.
Nothing outside of it is read or made: links are never followed, and what is opened is compared
with what was found.
"""

import uuid
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Protocol

from django.core.files.storage import storages

from ingestion.drops.bucket import Bucket
from ingestion.drops.disk import Disk
from ingestion.drops.errors import (
    DropFolderCrowdedError,
    DropFolderMissingError,
    FileChangedError,
)
from ingestion.drops.files import DroppedFile

MAX_FILES: Final = 5_000


class Spaces(Protocol):
    """Where the spaces of all organizations lie; see ``Disk`` and ``Bucket``."""

    def place(self, org_id: uuid.UUID, folder: str) -> str:
        """Return where people put files."""

    def make_folder(self, org_id: uuid.UUID, folder: str) -> None:
        """Make a folder, where there are such."""

    def walk(self, org_id: uuid.UUID, folder: str) -> Iterator[DroppedFile]:
        """Yield the files in a folder and below."""

    def find(self, org_id: uuid.UUID, path: str) -> DroppedFile | None:
        """Return a file as it is now; None where it has gone."""

    def open(self, org_id: uuid.UUID, path: str, version: str, size_bytes: int) -> BinaryIO:
        """Open a file that is still what was found."""


def list_files(org_id: uuid.UUID, folder: str) -> list[DroppedFile]:
    """Return the files in ``folder`` and below, oldest first.

    Raises:
        DropFolderMissingError: there is no such folder, or we may not look into it.
        DropFolderCrowdedError: it holds more than ``MAX_FILES``, or too many folders.
    """
    found: list[DroppedFile] = []
    for file in _spaces().walk(org_id, folder):
        found.append(file)
        if len(found) > MAX_FILES:
            message = (
                f"The folder holds more than {MAX_FILES:,} files, so none was looked at. Move "
                "those that were imported somewhere else, or watch a folder inside of it."
            )
            raise DropFolderCrowdedError(message)
    return sorted(found, key=lambda file: (file.modified_at, file.path))


def open_dropped(org_id: uuid.UUID, path: str, version: str, size_bytes: int) -> BinaryIO:
    """Open a file for reading, as it was found; close it.

    Raises:
        FileChangedError: it changed since, it went, or something else is in its place.
    """
    return _spaces().open(org_id, path, version, size_bytes)


def check_unchanged(org_id: uuid.UUID, file: DroppedFile) -> None:
    """Look whether what was read is what was listed.

    Raises:
        FileChangedError: it may be half of one and half of another.
    """
    found = _spaces().find(org_id, file.path)
    if found is None or found.version != file.version:
        raise FileChangedError(file.path)


def make_folder(org_id: uuid.UUID, folder: str) -> None:
    """Make the folder where the storage has such; prefixes of a bucket are there by themselves.

    Raises:
        DropFolderMissingError: it cannot be made here.
    """
    try:
        _spaces().make_folder(org_id, folder)
    except OSError as error:
        message = "We cannot make this folder here. Ask whoever runs the server to make it."
        raise DropFolderMissingError(message) from error


def place_of(org_id: uuid.UUID, folder: str = "") -> str:
    """Return where people put files: a path on the server, or a prefix of the bucket."""
    return _spaces().place(org_id, folder)


def _spaces() -> Spaces:
    storage: Any = storages["drops"]
    if hasattr(storage, "bucket"):
        return Bucket(storage)
    return Disk(storage)
