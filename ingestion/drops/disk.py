"""Drop folders on a disk, where people may put links between one look and the next.

Every folder is opened below the one before it and refuses to be a link, and so does every file:
there is no moment between a check and a use in which a link could come to stand in between. Only
the space itself, which the operator makes, may be one.
"""

import datetime as dt
import errno
import os
import stat
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from django.core.files.storage import FileSystemStorage

from ingestion.drops.errors import DropFolderMissingError, FileChangedError
from ingestion.drops.files import DroppedFile, check_limits, is_wanted
from ingestion.drops.paths import is_plain

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A pipe that somebody put there must not keep us waiting for its other end.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Disk:
    """The spaces below a directory."""

    def __init__(self, storage: FileSystemStorage) -> None:
        self._storage = storage

    def place(self, org_id: uuid.UUID, folder: str) -> str:
        """Return the path that people put files under."""
        return f"{self._space(org_id) / folder}/"

    def make_folder(self, org_id: uuid.UUID, folder: str) -> None:
        """Make the folder, and those that it lies in.

        Raises:
            OSError: it cannot be made, or one on the way is a link.
        """
        self._space(org_id).mkdir(parents=True, exist_ok=True)
        with self._opened_folder(org_id, _parts(folder), makes=True):
            pass

    def walk(self, org_id: uuid.UUID, folder: str) -> Iterator[DroppedFile]:
        """Yield the files in ``folder`` and below, breadth first.

        Raises:
            DropFolderMissingError: it is not there, or we may not look into it.
            DropFolderCrowdedError: it holds too many folders.
        """
        waiting: list[tuple[DroppedFile | None, str, int]] = [(None, folder, 1)]
        seen = 0
        while waiting:
            found, here, depth = waiting.pop(0)
            seen += 1
            try:
                entries = self._entries(org_id, here)
            except OSError as error:
                if found is None:
                    raise _missing(folder, error) from error
                if isinstance(error, PermissionError):
                    yield found
                # Else it went while we looked.
                continue
            for name, about in entries:
                path = f"{here}/{name}".lstrip("/")
                if not stat.S_ISDIR(about.st_mode):
                    if is_wanted(path):
                        yield _file(path, about)
                elif is_plain(name):
                    check_limits(depth, seen + len(waiting))
                    waiting.append((_file(path, about, is_readable=False), path, depth + 1))

    def find(self, org_id: uuid.UUID, path: str) -> DroppedFile | None:
        """Return the file as it is now; None where it has gone."""
        *folders, name = path.split("/")
        try:
            with self._opened_folder(org_id, folders) as here:
                return _file(path, os.stat(name, dir_fd=here, follow_symlinks=False))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, org_id: uuid.UUID, path: str, version: str, size_bytes: int) -> BinaryIO:
        """Open a file, if what lies there is still what was found.

        Raises:
            FileChangedError: it is not.
        """
        *folders, name = path.split("/")
        try:
            with self._opened_folder(org_id, folders) as here:
                handle = open(  # noqa: SIM115  # the caller's to close
                    name, "rb", opener=lambda at, _: os.open(at, _FILE, dir_fd=here)
                )
        except OSError as error:
            gone = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
            if isinstance(error, gone) or error.errno in (errno.ELOOP, errno.ENXIO):
                raise FileChangedError(path) from error
            raise
        found = _file(path, os.fstat(handle.fileno()))
        if not found.is_regular or (found.version, found.size_bytes) != (version, size_bytes):
            handle.close()
            raise FileChangedError(path)
        return handle

    def _space(self, org_id: uuid.UUID) -> Path:
        return Path(self._storage.path(str(org_id)))

    def _entries(self, org_id: uuid.UUID, folder: str) -> list[tuple[str, os.stat_result]]:
        """Return what lies in a folder; what goes meanwhile is left out."""
        found = []
        with self._opened_folder(org_id, _parts(folder)) as here:
            for name in sorted(os.listdir(here)):  # noqa: PTH208  # no Path has a handle
                with suppress(FileNotFoundError):
                    found.append((name, os.stat(name, dir_fd=here, follow_symlinks=False)))
        return found

    @contextmanager
    def _opened_folder(
        self, org_id: uuid.UUID, parts: Sequence[str], *, makes: bool = False
    ) -> Iterator[int]:
        """Open the folder at ``parts``, one below the other, none of them a link."""
        here = os.open(self._space(org_id), _FOLDER)
        try:
            for part in parts:
                if makes:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=here)
                above, here = here, os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
                os.close(above)
            yield here
        finally:
            os.close(here)


def _parts(folder: str) -> list[str]:
    return folder.split("/") if folder else []


def _file(path: str, about: os.stat_result, *, is_readable: bool = True) -> DroppedFile:
    return DroppedFile(
        path,
        about.st_size,
        dt.datetime.fromtimestamp(about.st_mtime, tz=dt.UTC),
        dt.datetime.fromtimestamp(about.st_ctime, tz=dt.UTC),
        is_regular=stat.S_ISREG(about.st_mode),
        is_readable=is_readable,
    )


def _missing(folder: str, error: OSError) -> Exception:
    """Return what it means that the watched folder itself cannot be opened."""
    name = f"“{folder}”" if folder else "your organization's space"
    if isinstance(error, PermissionError):
        return DropFolderMissingError(
            f"We may not look into {name}. Let its owner give our server the right to read it."
        )
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return error
    return DropFolderMissingError(
        f"There is no folder {name} in your organization's space. Make it, or choose another one."
        if folder
        else "Your organization's space is missing. Make its folder, or mount it again."
    )
