"""What is removed for good: assets whose time in the trash is over, and bytes that nothing uses.

Rows go in the scope of an organization, so in a transaction: a batch a call, of a second at the
most. Bytes go after its commit and outside of any, as storage may be slow. Rows go before bytes: a
row without its bytes would be a broken picture, while bytes without a row are found by the sweep.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from media.models import Asset, Blob
from media.sql import fetch_rows, run
from media.storage import HELD_PREFIX
from tenants.scope import current_org_id, org_scope

# Assets, with all that hangs on them.
BATCH = 500
# Pictures whose files are deleted within seconds, wherever they lie.
BLOBS_AT_ONCE = 100
MAX_STRAYS = 500
# Bytes are stored before their row, so those of a batch at work have none yet.
GRACE = dt.timedelta(days=1)
# Folders of an organization, by the first two digits of the hash; all of them in eight nights.
SHARDS = [f"{number:02x}" for number in range(256)]
NIGHTS = 8

_DUE = """
SELECT id FROM media_asset
 WHERE org_id = %(org)s AND removed_at IS NOT NULL AND removed_at < %(before)s
 ORDER BY removed_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""

_REMEMBER = """
INSERT INTO media_tombstone (id, org_id, source, source_ref, title, removed_at)
SELECT gen_random_uuid(), %(org)s, source, source_ref, title, removed_at
  FROM media_asset WHERE org_id = %(org)s AND id = ANY(%(ids)s)
ON CONFLICT (org_id, source, source_ref) DO UPDATE
   SET title = excluded.title, removed_at = excluded.removed_at
"""

_UNUSED = """
SELECT b.id FROM media_blob b
 WHERE b.org_id = %(org)s AND b.stored_at < %(before)s
   AND NOT EXISTS (SELECT 1 FROM media_assetmedia m
                    WHERE m.org_id = %(org)s AND m.blob_id = b.id)
 ORDER BY b.id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""

_KEYS = """
SELECT storage_key FROM media_blob WHERE org_id = %(org)s AND id = ANY(%(ids)s)
UNION ALL
SELECT storage_key FROM media_rendition WHERE org_id = %(org)s AND blob_id = ANY(%(ids)s)
"""

_USED = """
SELECT storage_key FROM media_blob WHERE org_id = %(org)s AND storage_key = ANY(%(keys)s)
UNION ALL
SELECT storage_key FROM media_rendition WHERE org_id = %(org)s AND storage_key = ANY(%(keys)s)
"""

# Bytes that came with a record have no row of their own before the stage has fetched them.
_AWAITED = """
SELECT DISTINCT key FROM media_assetmedia
 WHERE org_id = %(org)s AND blob_id IS NULL AND key = ANY(%(names)s)
"""


def purge_trash(now: dt.datetime | None = None) -> int:
    """Remove some of what lay in the trash for ``TRASH_DAYS``; return how many assets.

    A tombstone of each stays, so that no import brings it back. Its bytes are found by
    :func:`forget_unused` once no other asset shows them.
    """
    org_id = current_org_id()
    before = (now or timezone.now()) - dt.timedelta(days=settings.TRASH_DAYS)
    ids = _ids(_DUE, org_id, before, BATCH)
    if ids:
        run(_REMEMBER, {"org": org_id, "ids": ids})
        # Through the models: what hangs on an asset is known to apps above this one, too.
        Asset.objects.filter(pk__in=ids).delete()
    return len(ids)


def forget_unused(now: dt.datetime | None = None) -> list[str]:
    """Delete the rows of some bytes that no asset uses any more, with their renditions.

    Bytes younger than a day are left alone: a fetch may be about to use them.

    Returns:
        Where they lie, for :func:`delete_unused` after the commit.
    """
    org_id = current_org_id()
    ids = _ids(_UNUSED, org_id, (now or timezone.now()) - GRACE, BLOBS_AT_ONCE)
    keys = [key for (key,) in fetch_rows(_KEYS, {"org": org_id, "ids": ids})]
    Blob.objects.filter(pk__in=ids).delete()
    return keys


def delete_unused(org_id: uuid.UUID, keys: Sequence[str]) -> int:
    """Delete files, outside any transaction, but those that are in use; return how many.

    In use are also those that came with a record and were not fetched yet, however old they are.
    """
    if not keys:
        return 0
    with org_scope(org_id):
        used = _used(org_id, keys) | _awaited(org_id, keys)
    unused = [key for key in keys if key not in used]
    for key in unused:
        default_storage.delete(key)
    return len(unused)


def shards_of_night(now: dt.datetime) -> list[str]:
    """Return the folders that are swept in the night of ``now``.

    They begin anywhere among them: a sweep that is broken off leaves others every time.
    """
    shards = SHARDS[now.toordinal() % NIGHTS :: NIGHTS]
    start = now.minute % len(shards)
    return shards[start:] + shards[:start]


def delete_strays(org_id: uuid.UUID, shard: str, now: dt.datetime | None = None) -> int:
    """Delete what a kill between bytes and row has left in a folder; return how many files."""
    now = now or timezone.now()
    deleted = 0
    for kind in ("blobs", "renditions"):
        keys = list(_files_in(f"{kind}/{org_id}/{shard}"))
        if not keys:
            continue
        with org_scope(org_id):
            unused = set(keys) - _used(org_id, keys)
        old = (key for key in sorted(unused) if _is_old(key, now))
        deleted += delete_unused(org_id, list(islice(old, MAX_STRAYS)))
    return deleted


def _ids(statement: str, org_id: uuid.UUID, before: dt.datetime, most: int) -> list[uuid.UUID]:
    rows = fetch_rows(statement, {"org": org_id, "before": before, "batch": most})
    return [key for (key,) in rows]


def _files_in(folder: str) -> Iterator[str]:
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in names)


def _is_old(key: str, now: dt.datetime) -> bool:
    try:
        return default_storage.get_modified_time(key) < now - GRACE
    except FileNotFoundError:
        return False


def _used(org_id: uuid.UUID, keys: Iterable[str]) -> set[str]:
    return {key for (key,) in fetch_rows(_USED, {"org": org_id, "keys": list(keys)})}


def _awaited(org_id: uuid.UUID, keys: Iterable[str]) -> set[str]:
    """Return the keys of originals that pictures name, and that have yet to be fetched."""
    names = {HELD_PREFIX + key.rpartition("/")[2]: key for key in keys if key.startswith("blobs/")}
    if not names:
        return set()
    rows = fetch_rows(_AWAITED, {"org": org_id, "names": list(names)})
    return {names[name] for (name,) in rows}
