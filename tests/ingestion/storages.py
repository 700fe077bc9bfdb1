"""Storages that watch what is done with them, or break."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.test import override_settings


class WatchedStorage(FileSystemStorage):
    """Notes for each file that it takes or deletes whether a transaction was open."""

    in_transaction: ClassVar[list[bool]] = []

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """Store the file."""
        self.in_transaction.append(connection.in_atomic_block)
        return super().save(name, content, max_length)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """List the folder."""
        self.in_transaction.append(connection.in_atomic_block)
        return super().listdir(path)

    def delete(self, name: str) -> None:
        """Delete the file."""
        self.in_transaction.append(connection.in_atomic_block)
        super().delete(name)


class BreakingStorage(FileSystemStorage):
    """Breaks off at the end of the second file."""

    files_taken: ClassVar[int] = 0

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        """Store the file."""
        saved = super().save(name, content, max_length)
        type(self).files_taken += 1
        if self.files_taken > 1:
            raise OSError("The disk is full.")
        return saved


@contextmanager
def stored_by(backend: type[FileSystemStorage], folder: Path) -> Iterator[None]:
    """Store files in ``folder`` through ``backend``."""
    WatchedStorage.in_transaction.clear()
    BreakingStorage.files_taken = 0
    default: dict[str, Any] = {
        "BACKEND": f"{backend.__module__}.{backend.__name__}",
        "OPTIONS": {"location": str(folder)},
    }
    with override_settings(STORAGES={**settings.STORAGES, "default": default}):
        yield


def files_below(folder: Path) -> list[Path]:
    """Return all files that lie in ``folder``."""
    return [path for path in folder.rglob("*") if path.is_file()]
