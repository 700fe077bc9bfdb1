"""The step that looks whether the rows of pins hold together: what can be mended is, by statements.

It walks the pins by their keys, some thousands at a time, and asks of each share the same
questions. What is in order is not touched. What nothing here can mend is told, and stays.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from django.db import connection
from django.db.models import F

from connectors.items import Source
from ingestion.imports.ledger import write_lines
from ingestion.imports.merge import lock_merges_while
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.pins.places import Place, keep_place, place_of
from media.search.index import reindex
from media.sql import fetch_row, fetch_rows

BATCH: Final = 2_000
NO_ORIGIN: Final = "no_origin"

_COUNT: Final = """
SELECT count(*) FROM media_asset WHERE org_id = %(org)s AND source = %(source)s
"""
_NEXT: Final = """
SELECT id FROM media_asset
 WHERE org_id = %(org)s AND source = %(source)s AND id > %(after)s ORDER BY id LIMIT %(most)s
"""

# Each mends one thing of the share, and returns the pins that it mended.
_ADDRESS: Final = """
UPDATE media_asset a
   SET source_url = 'https://www.pinterest.com/pin/' || substr(a.source_ref, 5) || '/',
       updated_at = now()
 WHERE a.org_id = %(org)s AND a.id = ANY(%(ids)s) AND a.source_ref ~ '^pin:[1-9][0-9]{0,29}$'
   AND a.source_url <> 'https://www.pinterest.com/pin/' || substr(a.source_ref, 5) || '/'
RETURNING a.id
"""

# The scraper left titles that are objects of the site: their text is in one of two fields.
_TITLE: Final = """
UPDATE media_asset a
   SET source_title = coalesce(nullif(a.source_title::jsonb ->> 'text', ''),
                               a.source_title::jsonb ->> 'format', ''),
       updated_at = now()
 WHERE a.org_id = %(org)s AND a.id = ANY(%(ids)s) AND a.source_title LIKE '{%%'
   AND a.source_title IS JSON OBJECT
   AND (a.source_title::jsonb ? 'format' OR a.source_title::jsonb ? 'text')
RETURNING a.id
"""

_UNQUEUED: Final = """
INSERT INTO media_stagestate (id, org_id, stage, media_id, status, error_code, attempts)
SELECT gen_random_uuid(), %(org)s, 'fetch', m.id, 'pending', '', 0
  FROM media_assetmedia m
 WHERE m.org_id = %(org)s AND m.asset_id = ANY(%(ids)s) AND m.blob_id IS NULL
   AND NOT EXISTS (SELECT FROM media_stagestate s
                    WHERE s.org_id = %(org)s AND s.media_id = m.id AND s.stage = 'fetch')
ON CONFLICT DO NOTHING
RETURNING (SELECT asset_id FROM media_assetmedia m
            WHERE m.org_id = %(org)s AND m.id = media_stagestate.media_id)
"""

# It says that the bytes are here, and they are not.
_UNFETCHED: Final = """
UPDATE media_stagestate s
   SET status = 'pending', error_code = '', attempts = 0, due_at = now(), updated_at = now()
  FROM media_assetmedia m
 WHERE m.org_id = %(org)s AND m.asset_id = ANY(%(ids)s) AND m.blob_id IS NULL
   AND s.org_id = %(org)s AND s.media_id = m.id AND s.stage = 'fetch' AND s.status = 'done'
RETURNING m.asset_id
"""

_COUNTS: Final = """
UPDATE media_asset a
   SET picture_count = c.pictures, stored_count = c.stored, failed_count = c.failed,
       media_status = CASE WHEN c.shown > 0 THEN 'image'
                           WHEN a.media_status <> 'image' THEN a.media_status
                           WHEN a.link_url <> '' THEN 'link_only' ELSE 'metadata_only' END,
       updated_at = now()
  FROM (SELECT w.id, count(m.id) AS pictures, count(m.blob_id) AS stored,
               count(*) FILTER (WHERE s.status = 'failed') AS failed,
               count(*) FILTER (WHERE m.origin = 'source') AS shown
          FROM unnest(%(ids)s::uuid[]) AS w (id)
          LEFT JOIN media_assetmedia m ON m.org_id = %(org)s AND m.asset_id = w.id
          LEFT JOIN media_stagestate s
            ON s.org_id = %(org)s AND s.media_id = m.id AND s.stage = 'fetch'
         GROUP BY w.id) c
 WHERE a.org_id = %(org)s AND a.id = c.id
   AND ((a.picture_count, a.stored_count, a.failed_count)
        IS DISTINCT FROM (c.pictures, c.stored, c.failed)
        OR (a.media_status = 'image') <> (c.shown > 0))
RETURNING a.id
"""

_UNINDEXED: Final = """
SELECT w.id FROM unnest(%(ids)s::uuid[]) AS w (id)
 WHERE NOT EXISTS (SELECT FROM media_searchdocument d
                    WHERE d.org_id = %(org)s AND d.asset_id = w.id)
"""

# No connection brought it, so none will ever refresh or purge it.
_NO_ORIGIN: Final = """
SELECT a.id, a.source_ref FROM media_asset a
 WHERE a.org_id = %(org)s AND a.id = ANY(%(ids)s)
   AND NOT EXISTS (SELECT FROM ingestion_assetorigin o
                    WHERE o.org_id = %(org)s AND o.asset_id = a.id)
 ORDER BY a.id
"""

# In this order: what is queued again counts as not failed.
_MENDS: Final = (_ADDRESS, _TITLE, _UNQUEUED, _UNFETCHED, _COUNTS)


class PinRows:
    """Pins whose rows are looked through."""

    name: ClassVar[str] = "repair"
    is_done = False

    def __init__(self) -> None:
        self._run: SyncRun | None = None
        self._place = Place()
        self._may_go_on: Callable[[], bool] = lambda: True

    def take(self, run: SyncRun) -> list[uuid.UUID] | None:
        """Return the next pins by their keys."""
        scope = {"org": run.org_id, "source": Source.PINTEREST.value}
        if self._run is None:
            self._place = place_of(run, self.name) or Place(of=fetch_row(_COUNT, scope)[0])
        self._run = run
        after = self._place.after or uuid.UUID(int=0)
        return [
            key for (key,) in fetch_rows(_NEXT, {**scope, "after": after, "most": BATCH})
        ] or None

    def do(
        self, share: Sequence[uuid.UUID], *, may_go_on: Callable[[], bool]
    ) -> Sequence[uuid.UUID]:
        """Leave it to the write: all that is asked is asked of the database."""
        self._may_go_on = may_go_on
        return share

    def write(self, found: Sequence[uuid.UUID]) -> int:
        """Mend what can be mended, and note what cannot."""
        run = self._run
        if run is None:
            message = "Nothing was taken."
            raise RuntimeError(message)
        with connection.cursor() as cursor:
            lock_merges_while(cursor, run.org_id, may_wait=self._may_go_on)
        mended = mend(run.org_id, found)
        _account(run, mended=len(mended), without_origin=_without_origin(run.org_id, found))
        self._place.after = found[-1]
        self._place.done += len(found)
        keep_place(run, self.name, self._place)
        return len(mended)


def mend(org_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Mend the rows of some pins, in the organization in scope; return which had to be."""
    scope = {"org": org_id, "ids": list(ids)}
    of_words: set[uuid.UUID] = set()
    mended: set[uuid.UUID] = set()
    for statement in _MENDS:
        keys = {key for (key,) in fetch_rows(statement, scope)}
        mended |= keys
        if statement is _TITLE:
            of_words = keys
    of_words |= {key for (key,) in fetch_rows(_UNINDEXED, scope)}
    reindex(sorted(of_words))
    return mended | of_words


def _without_origin(org_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, str]]:
    rows = fetch_rows(_NO_ORIGIN, {"org": org_id, "ids": list(ids)})
    return [(key, ref) for key, ref in rows]


def _account(run: SyncRun, *, mended: int, without_origin: Sequence[tuple[uuid.UUID, str]]) -> None:
    """Count what was mended, and list what belongs to no connection."""
    if not mended and not without_origin:
        return
    first = SyncRun.objects.values_list("raw_count", flat=True).get(pk=run.pk)
    lines = [
        (str(first + place), ItemOutcome.SKIPPED.value, NO_ORIGIN, ref, None, str(key), "", "")
        for place, (key, ref) in enumerate(without_origin)
    ]
    with connection.cursor() as cursor:
        write_lines(cursor, run, lines)
    SyncRun.objects.filter(pk=run.pk).update(
        raw_count=F("raw_count") + mended + len(lines),
        updated_count=F("updated_count") + mended,
        skipped_count=F("skipped_count") + len(lines),
    )
