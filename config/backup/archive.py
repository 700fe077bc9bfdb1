"""Writes and reads the archive file: a plain tar, with rows gzipped and files as they are.

Members come in the order in which a restore needs them: rows, then files, then the manifest.
"""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from config.backup.errors import BackupError
from config.backup.manifest import Manifest, Member

MANIFEST_NAME = "manifest.json"
MANIFEST_LIMIT_BYTES = 1024**3
FILES_PREFIX = "files/"
# Smaller content stays in memory on its way into the archive.
SPOOL_BYTES = 16 * 1024**2
CHUNK_BYTES = 1024**2


class Readable(Protocol):
    """Where bytes come from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes; nothing at the end."""


class ArchiveWriter:
    """Writes beside ``path`` and takes its name when all is on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.partial")

    def __enter__(self) -> Self:
        """Open the file for its owner only: it holds people's content.

        Raises:
            BackupError: there is no such place, or nothing can be written there.
        """
        self._file = self._create()
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or remove what a failure left."""
        if kind is not None:
            self._file.close()
            self._partial.unlink()
            return
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.replace(self._path)

    def add_rows(
        self, name: str, write: Callable[[gzip.GzipFile], int]
    ) -> tuple[int, Member | None]:
        """Add the rows that ``write`` produces, gzipped, unless there are none.

        Returns:
            What ``write`` returns, the number of rows, and the member with the gzipped bytes.
        """
        # On the disk that has to hold the archive anyway.
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES, dir=str(self._path.parent)) as spool:
            with gzip.GzipFile(fileobj=spool, mode="wb", compresslevel=3, mtime=0) as packed:
                rows = write(packed)
            if not rows:
                return 0, None
            size_bytes = spool.tell()
            spool.seek(0)
            return rows, self._add(name, spool, size_bytes)

    def add_file(self, name: str, source: Readable, size_bytes: int) -> Member:
        """Add a stored file as it is.

        Raises:
            OSError: the file has become shorter than ``size_bytes``.
        """
        return self._add(f"{FILES_PREFIX}{name}", source, size_bytes)

    def add_manifest(self, manifest: Manifest) -> None:
        """Add the last member."""
        text = manifest.as_json()
        self._add(MANIFEST_NAME, io.BytesIO(text), len(text))

    def _create(self) -> IO[bytes]:
        try:
            self._refuse_place()
            self._partial.unlink(missing_ok=True)
            descriptor = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            message = (
                f"{self._path} cannot be written ({error.strerror}). Name a place where you may "
                "write."
            )
            raise BackupError(message) from error
        return os.fdopen(descriptor, "wb")

    def _refuse_place(self) -> None:
        if self._path.is_dir():
            message = f"{self._path} is a folder. Name a file in it: {self._path}/magpie.tar"
            raise BackupError(message)
        if not self._path.parent.is_dir():
            message = f"There is no folder {self._path.parent}. Make it, or name another place."
            raise BackupError(message)

    def _add(self, name: str, source: Readable, size_bytes: int) -> Member:
        info = tarfile.TarInfo(name)
        info.size = size_bytes
        info.mode = 0o600
        hashing = _HashingReader(source)
        self._tar.addfile(info, hashing)
        _forget_members(self._tar)
        return Member(size_bytes, hashing.sha256)


class _HashingReader:
    """Passes bytes through and takes their hash on the way."""

    def __init__(self, source: Readable) -> None:
        self._source, self._digest = source, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._source.read(size)
        self._digest.update(chunk)
        return chunk

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One member while it is being read."""

    name: str
    content: IO[bytes]

    @property
    def file_name(self) -> str | None:
        """The name in the storage, or ``None`` for rows."""
        is_file = self.name.startswith(FILES_PREFIX)
        return self.name.removeprefix(FILES_PREFIX) if is_file else None

    @contextmanager
    def rows(self) -> Iterator[gzip.GzipFile]:
        """Open the rows in PostgreSQL's text format."""
        with gzip.GzipFile(fileobj=self.content, mode="rb") as unpacked:
            yield unpacked


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield the members in order; each can be read until the next one is asked for.

    Raises:
        BackupError: the file cannot be read, is no archive or ends too early.
    """
    with sentence_for_damage(path), _open(path) as tar:
        while (info := tar.next()) is not None:
            content = tar.extractfile(info)
            if content is not None:
                yield Entry(info.name, content)
            _forget_members(tar)


@contextmanager
def sentence_for_damage(path: Path) -> Iterator[None]:
    """Turn what a cut or damaged archive raises into a sentence.

    ``read_entries`` has it around its own steps; who reads a member's content needs it too, for
    that happens outside the generator.

    Raises:
        BackupError: in place of an error of the archive's format.
    """
    try:
        yield
    # A damaged header can also hold figures that are none, or that no file could have.
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OverflowError) as error:
        message = f"{path} is not a whole backup of Magpie ({error}). Use another one."
        raise BackupError(message) from error


def _open(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, mode="r:")
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"There is no file {path}. Name the one that `manage.py backup` has written."
        raise BackupError(message) from error
    except IsADirectoryError as error:
        message = f"{path} is a folder. Name the file in it that `manage.py backup` has written."
        raise BackupError(message) from error
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}). Make it readable for this command."
        raise BackupError(message) from error


def checked_manifest(path: Path) -> Manifest:
    """Read the whole archive, compare every member with the manifest, and return that.

    Raises:
        BackupError: a member is missing, added or changed, or the manifest is.
    """
    with sentence_for_damage(path):
        manifest, found = _read_all(path)
    if manifest is None:
        message = f"{path} has no manifest: the backup was cut short. Use another one."
        raise BackupError(message)
    expected = {f"{FILES_PREFIX}{name}": member for name, member in manifest.files.items()}
    for table in manifest.tables.values():
        expected |= table.parts
    if damaged := sorted({name for name, _ in found.items() ^ expected.items()}):
        message = f"{path} is damaged ({len(damaged)} parts, first {damaged[0]}). Use another one."
        raise BackupError(message)
    return manifest


def _read_all(path: Path) -> tuple[Manifest | None, dict[str, Member]]:
    """Return the manifest, if there is one, and what the other members are in truth."""
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    for entry in read_entries(path):
        if entry.name == MANIFEST_NAME:
            manifest = Manifest.from_json(entry.content.read(MANIFEST_LIMIT_BYTES))
            continue
        hashing = _HashingReader(entry.content)
        while hashing.read(CHUNK_BYTES):
            pass
        found[entry.name] = Member(entry.content.tell(), hashing.sha256)
    return manifest, found


def _forget_members(tar: tarfile.TarFile) -> None:
    """Drop the list that ``tarfile`` keeps: it grows with the number of files."""
    tar.members.clear()  # type: ignore[attr-defined]  # missing in the stubs
