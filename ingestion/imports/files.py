"""Bytes of import files: into storage as a stream, and out again for a reader."""

import dataclasses
import hashlib
import logging
import os
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import islice
from typing import IO, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone

from connectors.errors import FileRefusedError
from connectors.readers.sqlite.beside import owner_of
from ingestion.drops.space import open_dropped
from ingestion.models import ImportFile, Job
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

CHUNK = 1024 * 1024
STRAY_AFTER = timedelta(days=1)
# Of one night.
MAX_STRAYS = 500


@dataclasses.dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that lie in storage, and what is known of them.

    Attributes:
        name: a label that the person's machine gave it, never a path.
        drop_version: of a file that stays in its drop folder; ``storage_key`` is its place there.
    """

    name: str
    size_bytes: int
    sha256: str
    storage_key: str
    drop_version: str = ""


class _Hashing(File):  # type: ignore[type-arg]  # Django's File is not generic at run time
    """Passes chunks through to storage and takes their hash and size on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._source = file
        self.digest = hashlib.sha256()
        self.seen_bytes = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yield the content from its first byte to its last."""
        self._source.seek(0)
        while chunk := self._source.read(chunk_size or CHUNK):
            self.seen_bytes += len(chunk)
            self.digest.update(chunk)
            yield chunk


@contextmanager
def stored(
    org_id: uuid.UUID, files: Sequence[tuple[str, IO[bytes]]], *, limit_bytes: int
) -> Iterator[list[StoredFile]]:
    """Stream ``files`` into storage for as long as the block lasts; if it fails, out again.

    Enter it outside of any transaction, since gigabytes take minutes; what keeps the files is
    a short transaction inside that writes their rows.

    Raises:
        FileRefusedError: one is empty or too large; no byte of any was stored.
    """
    for name, file in files:
        size_bytes = file.seek(0, os.SEEK_END)
        # The log of a database is empty once the scraper has settled it.
        if size_bytes or owner_of(name)[0] not in {other for other, _ in files}:
            check_size(clean_name(name), size_bytes, limit_bytes=limit_bytes)
        file.seek(0)
    keys: list[str] = []
    try:
        yield [_store(org_id, name, file, keys) for name, file in files]
    except BaseException:
        for key in keys:
            _drop(key)
        raise


def keep_files(job: Job, files: Sequence[StoredFile]) -> None:
    """Write the rows of stored files: the parts of one import, in their order."""
    ImportFile.objects.bulk_create(
        ImportFile(
            org_id=job.org_id,
            job=job,
            position=position,
            name=file.name,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            storage_key=file.storage_key,
            drop_version=file.drop_version,
        )
        for position, file in enumerate(files)
    )


def check_size(name: str, size_bytes: int, *, limit_bytes: int) -> None:
    """Look whether a file can be imported at all.

    Raises:
        FileRefusedError: it is empty or too large.
    """
    if not size_bytes:
        message = f"“{name}” is empty. Download it again from its source."
        raise FileRefusedError(message)
    if size_bytes > limit_bytes:
        message = (
            f"The file is larger than {limit_bytes // 1024**3} GB. Split the export, "
            "or ask its source for a smaller range, and bring the parts one by one."
        )
        raise FileRefusedError(message)


def _store(org_id: uuid.UUID, name: str, file: IO[bytes], keys: list[str]) -> StoredFile:
    hashing = _Hashing(file)
    key = f"imports/{org_id}/{uuid.uuid4()}"
    # Before it is written: a storage that breaks off leaves what it has written so far.
    keys.append(key)
    default_storage.save(key, hashing)
    return StoredFile(clean_name(name), hashing.seen_bytes, hashing.digest.hexdigest(), key)


def _drop(key: str) -> None:
    """Delete bytes that nobody will ask for; where that fails too, the upkeep finds them."""
    try:
        default_storage.delete(key)
    except Exception:
        # Storages have errors of their own; none may hide why the bytes are dropped.
        logger.exception("Could not delete the stray bytes %s.", key)


def file_sha256(file: IO[bytes]) -> str:
    """Return the hash of ``file`` in hex, and leave it at its start."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any file
    file.seek(0)
    return digest


def clean_name(name: str) -> str:
    """Return a file name fit to be shown: the last part, without controls, not too long."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    return shown[:255] or "file"


@contextmanager
def opened(files: Sequence[ImportFile]) -> Iterator[list[BinaryIO]]:
    """Open the bytes of ``files`` for reading; each knows the name that its person gave it."""
    with ExitStack() as stack:
        streams: list[BinaryIO] = []
        for file in files:
            if not file.storage_key:
                message = (
                    f"“{file.name}” was deleted on {file.deleted_at:%-d %B %Y}, as announced. "
                    "Bring it again to import it."
                )
                raise FileRefusedError(message)
            handle = stack.enter_context(_open(file))
            streams.append(_Named(handle, file.name))  # type: ignore[arg-type]  # a BinaryIO
        yield streams


def _open(file: ImportFile) -> IO[bytes]:
    if file.drop_version:
        path = file.storage_key.partition("/")[2]
        return open_dropped(file.org_id, path, file.drop_version, file.size_bytes)
    try:
        return default_storage.open(file.storage_key, "rb")
    except FileNotFoundError as error:
        # To be told apart from a storage that is away: waiting brings nothing back.
        message = f"“{file.name}” is missing from our storage. Bring it again to import it."
        raise FileRefusedError(message) from error


class _Named:
    """A readable, seekable file under the name that the person gave it."""

    def __init__(self, handle: IO[bytes], name: str) -> None:
        self._handle = handle
        self.name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(self._handle, attribute)


def delete_bytes(files: Sequence[ImportFile]) -> int:
    """Delete the bytes of ``files`` and keep the rows as a record; return how many.

    What lies in a drop folder is not ours to delete.
    """
    for file in files:
        if not file.drop_version:
            default_storage.delete(file.storage_key)
        ImportFile.objects.filter(pk=file.pk).update(storage_key="", deleted_at=timezone.now())
    return len(files)


def delete_keys(keys: Sequence[str]) -> int:
    """Delete bytes that no row names any more; return how many files."""
    for key in keys:
        default_storage.delete(key)
    return len(keys)


def delete_stray_bytes(org_id: uuid.UUID) -> int:
    """Delete uploads of an organization without a row, outside its scope; return how many.

    A process that was killed while it stored a file leaves such bytes. Younger ones than a day
    are left alone: their row may be about to be written.
    """
    folder = f"imports/{org_id}"
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    keys = {f"{folder}/{name}" for name in names}
    with org_scope(org_id):
        named = ImportFile.objects.filter(storage_key__in=keys)
        keys -= set(named.values_list("storage_key", flat=True))
    before = timezone.now() - STRAY_AFTER
    old = (key for key in sorted(keys) if default_storage.get_modified_time(key) < before)
    return delete_keys(list(islice(old, MAX_STRAYS)))
