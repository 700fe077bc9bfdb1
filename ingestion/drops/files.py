"""What is known of a file that somebody dropped, wherever it lies."""

import dataclasses
import datetime as dt
from hashlib import blake2b
from typing import Final

from django.utils import timezone

from ingestion.drops.errors import DropFolderCrowdedError
from ingestion.drops.paths import MAX_DEPTH, is_plain

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
        tag: what the storage calls these very bytes; empty where it has no word for it.
        is_regular: whether it is a file at all, not a link or a device.
        is_readable: False for a folder that we may not look into.
    """

    path: str
    size_bytes: int
    modified_at: dt.datetime
    touched_at: dt.datetime
    tag: str = ""
    is_regular: bool = True
    is_readable: bool = True

    @property
    def mark(self) -> str:
        """Return 64 bits, in hex, by which the file is known until it changes."""
        name = f"{self.path}\0{self.size_bytes}\0{self.modified_at.timestamp():.6f}"
        return blake2b(name.encode(), digest_size=8).hexdigest()

    @property
    def version(self) -> str:
        """Return by what its bytes are told from others that lie there later."""
        return self.tag or self.mark

    @property
    def is_settled(self) -> bool:
        """Return whether it was left alone for long enough to be complete."""
        return timezone.now() - self.touched_at >= SETTLED_AFTER


def is_wanted(path: str) -> bool:
    """Return whether ``path`` is of something that people put there, complete."""
    name = path.rpartition("/")[2]
    return is_plain(name) and not name.lower().endswith(UNFINISHED) and len(path) <= LONGEST_PATH


def check_limits(depth: int, folders: int = 0) -> None:
    """Refuse folders that are too deep, or too many, to be looked through.

    Raises:
        DropFolderCrowdedError: they are.
    """
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
