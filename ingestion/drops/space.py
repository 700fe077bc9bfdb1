"""Files in the drop folders of one organization: its own space of the storage ``drops``.

The space is the folder, or the prefix of the bucket, that is named after the organization.
Nothing outside of it is read: links are never followed, and what is opened is compared with
what was listed.
"""

import dataclasses
import datetime as dt
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.core.files.storage import Storage, storages
from django.utils import timezone

from ingestion.drops.errors import (
    DropFolderCrowdedError,
    DropFolderMissingError,
    FileChangedError,
)
from ingestion.drops.paths import MAX_DEPTH, is_plain

MAX_FILES: Final = 5_000
MAX_FOLDERS: Final = 2_000
# A file that was touched since may still be on its way.
SETTLED_AFTER: Final = dt.timedelta(seconds=60)
# Endings under which programs keep what is not complete yet.
UNFINISHED: Final = (".part", ".partial", ".filepart", ".tmp", ".crdownload")
LONGEST_PATH: Final = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class DroppedFile:
    """One file as it was found.

    Attributes:
        path: within the organization's space.
        touched_at: when anybody last did anything to it; a copy may bring an old ``modified_at``.
        is_regular: whether it is a file at all, not a link or a device.
    """

    path: str
    size_bytes: int
    modified_at: dt.datetime
    touched_at: dt.datetime
    is_regular: bool = True

    @property
    def mark(self) -> str:
        """Return 64 bits, in hex, by which the file is known until it changes."""
        name = f"{self.path}\0{self.size_bytes}\0{self.modified_at.timestamp():.6f}"
        return blake2b(name.encode(), digest_size=8).hexdigest()

    @property
    def is_settled(self) -> bool:
        """Return whether it was left alone for long enough to be complete."""
        return timezone.now() - self.touched_at >= SETTLED_AFTER


def list_files(org_id: uuid.UUID, folder: str) -> list[DroppedFile]:
    """Return the files in ``folder`` and below, oldest first.

    Raises:
        DropFolderMissingError: there is no such folder.
        DropFolderCrowdedError: it holds more than ``MAX_FILES``, or too many folders.
    """
    storage = storages["drops"]
    walk = _walk_bucket if hasattr(storage, "bucket") else _walk_folders
    found: list[DroppedFile] = []
    for file in walk(storage, org_id, folder):
        found.append(file)
        if len(found) > MAX_FILES:
            message = (
                f"The folder holds more than {MAX_FILES:,} files, so none was looked at. Move "
                "those that were imported somewhere else, or watch a folder inside of it."
            )
            raise DropFolderCrowdedError(message)
    return sorted(found, key=lambda file: (file.modified_at, file.path))


@contextmanager
def opened(org_id: uuid.UUID, file: DroppedFile) -> Iterator[BinaryIO]:
    """Open ``file`` for reading, as it was listed.

    Raises:
        FileChangedError: it changed since, it went, or something else is in its place.
    """
    storage = storages["drops"]
    key = f"{org_id}/{file.path}"
    try:
        handle = storage.open(key, "rb")
    except OSError as error:
        if isinstance(error, (FileNotFoundError, NotADirectoryError, IsADirectoryError)):
            raise FileChangedError(file.path) from error
        raise
    with handle:
        _check_place(storage, org_id, key, handle)
        yield handle  # type: ignore[misc]  # a BinaryIO in all that readers use


def check_unchanged(org_id: uuid.UUID, file: DroppedFile) -> None:
    """Look whether what was read is what was listed.

    Raises:
        FileChangedError: it may be half of one and half of another.
    """
    storage = storages["drops"]
    if hasattr(storage, "bucket"):
        # An object is replaced as a whole: what was opened stays what it was.
        return
    found = _file_at(storage, org_id, file.path)
    if found is None or found.mark != file.mark:
        raise FileChangedError(file.path)


def make_folder(org_id: uuid.UUID, folder: str) -> None:
    """Make the folder where the storage has such; prefixes of a bucket are there by themselves.

    Raises:
        DropFolderMissingError: it cannot be made here.
    """
    path = _local(storages["drops"], f"{org_id}/{folder}")
    if path is None:
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
        _check_inside(storages["drops"], org_id, path)
    except OSError as error:
        message = "We cannot make this folder here. Ask whoever runs the server to make it."
        raise DropFolderMissingError(message) from error


def place_of(org_id: uuid.UUID, folder: str = "") -> str:
    """Return where people put files: a path on the server, or a prefix of the bucket."""
    storage = storages["drops"]
    key = f"{org_id}/{folder}".rstrip("/")
    path = _local(storage, key)
    if path is not None:
        return f"{path}/"
    bucket = getattr(storage, "bucket_name", "")
    return f"s3://{bucket}/{key}/" if bucket else f"{key}/"


def _walk_folders(storage: Storage, org_id: uuid.UUID, folder: str) -> Iterator[DroppedFile]:
    """Yield the files of a storage that has folders, breadth first."""
    waiting = [(folder, 1)]
    seen = 0
    while waiting:
        here, depth = waiting.pop(0)
        folders, names = _list(storage, org_id, here, is_first=not seen)
        seen += 1
        for name in names:
            file = _file_at(storage, org_id, f"{here}/{name}".lstrip("/"))
            if file is not None:
                yield file
        for name in folders:
            path = f"{here}/{name}".lstrip("/")
            if _is_link(storage, f"{org_id}/{path}"):
                yield _link_at(storage, org_id, path)
            elif is_plain(name):
                _check_limits(depth, seen + len(waiting))
                waiting.append((path, depth + 1))


def _walk_bucket(storage: Any, org_id: uuid.UUID, folder: str) -> Iterator[DroppedFile]:
    """Yield the objects below a prefix; one listing tells all that a request each would."""
    space = f"{org_id}/"
    prefix = f"{space}{folder}/" if folder else space
    for each in storage.bucket.objects.filter(Prefix=prefix):
        path = each.key.removeprefix(space)
        parts = each.key.removeprefix(prefix).split("/")
        if not _is_wanted(path) or not all(map(is_plain, parts)):
            continue
        _check_limits(len(parts) - 1)
        yield DroppedFile(path, each.size, each.last_modified, each.last_modified)


def _check_limits(depth: int, folders: int = 0) -> None:
    if depth >= MAX_DEPTH:
        raise DropFolderCrowdedError(
            f"Its folders lie more than {MAX_DEPTH} deep in each other, so nothing was looked at. "
            "Move the files further up, or watch a folder inside of it."
        )
    if folders >= MAX_FOLDERS:
        raise DropFolderCrowdedError(
            f"It holds more than {MAX_FOLDERS:,} folders, so nothing was looked at. Remove empty "
            "ones, or watch a folder inside of it."
        )


def _list(
    storage: Storage, org_id: uuid.UUID, folder: str, *, is_first: bool
) -> tuple[list[str], list[str]]:
    key = f"{org_id}/{folder}".rstrip("/")
    path = _local(storage, key)
    try:
        if path is not None:
            _check_inside(storage, org_id, path)
        folders, names = storage.listdir(key)
    except (FileNotFoundError, NotADirectoryError) as error:
        if not is_first:
            # It went while we looked.
            return [], []
        message = (
            f"There is no folder “{folder}” in your organization's space. Make it, or choose "
            "another one."
            if folder
            else "Your organization's space is missing. Make its folder, or mount it again."
        )
        raise DropFolderMissingError(message) from error
    return sorted(folders), sorted(names)


def _file_at(storage: Storage, org_id: uuid.UUID, path: str) -> DroppedFile | None:
    """Return the file as it is now; None for what is of no concern, or has gone."""
    if not _is_wanted(path):
        return None
    key = f"{org_id}/{path}"
    local = _local(storage, key)
    try:
        if local is not None:
            return _from_stat(path, local.lstat())
        modified_at = storage.get_modified_time(key)
        return DroppedFile(path, storage.size(key), modified_at, modified_at)
    except FileNotFoundError:
        return None


def _from_stat(path: str, found: os.stat_result) -> DroppedFile:
    return DroppedFile(
        path,
        found.st_size,
        dt.datetime.fromtimestamp(found.st_mtime, tz=dt.UTC),
        dt.datetime.fromtimestamp(found.st_ctime, tz=dt.UTC),
        is_regular=stat.S_ISREG(found.st_mode),
    )


def _link_at(storage: Storage, org_id: uuid.UUID, path: str) -> DroppedFile:
    local = _local(storage, f"{org_id}/{path}")
    assert local is not None  # noqa: S101  # only folders have links
    return _from_stat(path, local.lstat())


def _is_wanted(path: str) -> bool:
    """Return whether ``path`` is of something that people put there, complete."""
    name = path.rpartition("/")[2]
    return is_plain(name) and not name.lower().endswith(UNFINISHED) and len(path) <= LONGEST_PATH


def _check_place(storage: Storage, org_id: uuid.UUID, key: str, handle: Any) -> None:
    """Refuse what is not the regular file at this very place, links on the way to it included."""
    path = _local(storage, key)
    if path is None:
        return
    try:
        _check_inside(storage, org_id, path.parent)
        is_same = os.path.samestat(os.fstat(handle.fileno()), path.lstat())
    except OSError as error:
        raise FileChangedError(key) from error
    if not is_same:
        raise FileChangedError(key)


def _check_inside(storage: Storage, org_id: uuid.UUID, path: Path) -> None:
    """Raise ``FileNotFoundError`` where ``path`` leads out of the organization's space."""
    space = Path(storage.path(str(org_id))).resolve(strict=True)
    if not path.resolve(strict=True).is_relative_to(space):
        raise FileNotFoundError(path)


def _is_link(storage: Storage, key: str) -> bool:
    path = _local(storage, key)
    return path is not None and path.is_symlink()


def _local(storage: Storage, key: str) -> Path | None:
    """Return the place on this machine's disk; None where the storage is none."""
    try:
        return Path(storage.path(key))
    except NotImplementedError:
        return None
