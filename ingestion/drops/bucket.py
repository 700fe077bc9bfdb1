"""Drop folders in a bucket: prefixes, which are there by themselves, and objects."""

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, cast

from ingestion.drops.errors import FileChangedError
from ingestion.drops.files import DroppedFile, check_limits, is_wanted
from ingestion.drops.paths import is_plain

# Read at a time: large enough to be quick, and done in moments on a slow line.
BLOCK: Final = 4 * 1024**2
_FORBIDDEN: Final = (401, 403)
_CHANGED: Final = (404, 412)


class Bucket:
    """The spaces of a bucket, through a storage of django-storages."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def place(self, org_id: uuid.UUID, folder: str) -> str:
        """Return the prefix that people put files under."""
        return f"s3://{self._storage.bucket_name}/{org_id}/{folder}".rstrip("/") + "/"

    def make_folder(self, org_id: uuid.UUID, folder: str) -> None:
        """Do nothing: a prefix is there by itself."""

    def walk(self, org_id: uuid.UUID, folder: str) -> Iterator[DroppedFile]:
        """Yield the objects below a prefix; one listing tells all that a request each would.

        Raises:
            DropFolderCrowdedError: they lie too deep.
        """
        space = f"{org_id}/"
        prefix = f"{space}{folder}/" if folder else space
        with _told():
            for each in self._storage.bucket.objects.filter(Prefix=prefix):
                path = each.key.removeprefix(space)
                parts = each.key.removeprefix(prefix).split("/")
                if not is_wanted(path) or not all(map(is_plain, parts)):
                    continue
                check_limits(len(parts) - 1)
                at = each.last_modified
                yield DroppedFile(path, each.size, at, at, tag=each.e_tag)

    def find(self, org_id: uuid.UUID, path: str) -> DroppedFile | None:
        """Return the object as it is now; None where it has gone."""
        with _told():
            for each in self._storage.bucket.objects.filter(Prefix=f"{org_id}/{path}").limit(1):
                if each.key == f"{org_id}/{path}":
                    at = each.last_modified
                    return DroppedFile(path, each.size, at, at, tag=each.e_tag)
        return None

    def open(self, org_id: uuid.UUID, path: str, version: str, size_bytes: int) -> BinaryIO:
        """Open an object that is read in blocks, of these very bytes or not at all.

        Raises:
            FileChangedError: another one lies there by now.
        """
        found = _Object(self._storage.bucket.Object(f"{org_id}/{path}"), path, version, size_bytes)
        if size_bytes:
            found.check()
        return cast("BinaryIO", io.BufferedReader(found, BLOCK))


class _Object(io.RawIOBase):
    """The bytes of an object, by ranges: a slice of work reads what it needs and no more."""

    def __init__(self, found: Any, path: str, version: str, size_bytes: int) -> None:
        super().__init__()
        self.name = path
        self._found = found
        self._version = version
        self._size_bytes = size_bytes
        self._at = 0

    def check(self) -> None:
        """Ask for one byte, to know at once whether there is anything to be read."""
        self._read(0, 1)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere else."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``, or what of it the object has left."""
        wanted = min(len(buffer), max(self._size_bytes - self._at, 0))
        if not wanted:
            return 0
        content = self._read(self._at, wanted)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _read(self, start: int, count: int) -> bytes:
        with _told(self.name):
            reply = self._found.get(
                Range=f"bytes={start}-{start + count - 1}", IfMatch=self._version
            )
            content: bytes = reply["Body"].read()
        return content


@contextmanager
def _told(path: str = "") -> Iterator[None]:
    """Tell the troubles of an object store as those of a disk."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # not on a disk

    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if path and status in _CHANGED:
            raise FileChangedError(path) from error
        if path and status in _FORBIDDEN:
            raise PermissionError(path) from error
        message = f"The bucket answered: {error}"
        raise OSError(message) from error
    except BotoCoreError as error:
        message = f"The bucket did not answer: {error}"
        raise OSError(message) from error
