"""Pictures of single faces: where they lie, and how those without a row are found."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator

from django.core.files.storage import default_storage
from django.utils import timezone

from faces.models import Face
from tenants.scope import org_scope

# As of other pictures: bytes are stored before their row.
GRACE = dt.timedelta(days=1)


def crop_key(org_id: uuid.UUID, face_id: uuid.UUID) -> str:
    """Return where the picture of a face lies; folders by the chance at the end of its key."""
    return f"faces/{org_id}/{face_id.hex[-2:]}/{face_id}.webp"


def delete_crops(keys: Iterable[str]) -> int:
    """Delete files, outside any transaction; one that is gone is no trouble. Return how many."""
    deleted = 0
    for key in keys:
        default_storage.delete(key)
        deleted += 1
    return deleted


def delete_stray_crops(org_id: uuid.UUID, *, older_than: dt.timedelta = GRACE) -> int:
    """Delete what a kill between bytes and row has left; return how many files.

    Outside any scope: it reads storage, and asks for rows folder by folder.
    """
    before = timezone.now() - older_than
    deleted = 0
    for folder in _folders_of(f"faces/{org_id}"):
        keys = [f"{folder}/{name}" for name in _names_in(folder)]
        with org_scope(org_id):
            used = set(Face.objects.filter(crop_key__in=keys).values_list("crop_key", flat=True))
        deleted += delete_crops(key for key in keys if key not in used and _is_older(key, before))
    return deleted


def delete_empty_folders(org_id: uuid.UUID) -> None:
    """Delete the folders of an organization that may have no pictures of faces any more.

    Only of a storage that has folders; one in which something is left stays.
    """
    for folder in [*_folders_of(f"faces/{org_id}"), f"faces/{org_id}"]:
        with contextlib.suppress(OSError):
            default_storage.delete(folder)


def _folders_of(folder: str) -> Iterator[str]:
    try:
        folders, _ = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in folders)


def _names_in(folder: str) -> list[str]:
    try:
        return list(default_storage.listdir(folder)[1])
    except FileNotFoundError:
        return []


def _is_older(key: str, before: dt.datetime) -> bool:
    try:
        return bool(default_storage.get_modified_time(key) <= before)
    except FileNotFoundError:
        return False
