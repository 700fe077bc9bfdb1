"""What a source says is gone: found by what a sweep did not see, never guessed.

An asset is marked, and taken off boards as the source's word; nothing is deleted, and what people
said about it stays.
"""

import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db import connection

from connectors.base import Finished, SyncPage
from connectors.items import SavedItem
from ingestion.models import Sighting, SyncRun
from ingestion.models.job import JobKind
from media.search.index import reindex

_SEE: Final = """
INSERT INTO ingestion_sighting (id, org_id, connection_id, generation, asset_id, board_id)
SELECT gen_random_uuid(), %(org)s, %(connection)s, %(generation)s, a.id, b.id
  FROM unnest(%(refs)s::text[], %(boards)s::text[]) AS seen (ref, board)
  JOIN media_asset a
    ON a.org_id = %(org)s AND a.source = %(source)s AND a.source_ref = seen.ref
  LEFT JOIN media_board b
    ON b.org_id = %(org)s AND b.source = %(source)s AND b.source_key = nullif(seen.board, '')
ON CONFLICT DO NOTHING
"""

_BRING_BACK: Final = """
UPDATE media_asset SET is_removed_at_source = false, updated_at = now()
 WHERE org_id = %(org)s AND source = %(source)s AND source_ref = ANY(%(refs)s)
   AND is_removed_at_source
"""

_GONE: Final = """
UPDATE media_asset SET is_removed_at_source = true, updated_at = now()
 WHERE org_id = %(org)s AND source = %(source)s AND source_ref = ANY(%(refs)s)
   AND NOT is_removed_at_source
"""

# Of the whole account: what came by it and was not seen. What came by another account too is
# there still while it has a place on a board, or never had one: what left an account left its
# boards.
_GONE_UNSEEN: Final = """
UPDATE media_asset a SET is_removed_at_source = true, updated_at = now()
  FROM ingestion_assetorigin o
 WHERE a.org_id = %(org)s AND o.org_id = %(org)s AND o.connection_id = %(connection)s
   AND o.via = 'api' AND a.id = o.asset_id AND NOT a.is_removed_at_source
   AND NOT EXISTS (
     SELECT FROM ingestion_sighting s
      WHERE s.org_id = %(org)s AND s.connection_id = %(connection)s AND s.asset_id = a.id
        AND s.generation = %(generation)s)
   AND NOT EXISTS (
     SELECT FROM media_boarditem i
       JOIN media_board b ON b.org_id = %(org)s AND b.id = i.board_id
      WHERE i.org_id = %(org)s AND i.asset_id = a.id AND i.in_source
        AND b.source = %(source)s
        AND (b.source_key = ANY(%(spared)s) OR (%(spares_secret)s AND b.is_secret)))
   AND NOT EXISTS (
     SELECT FROM ingestion_assetorigin other
      WHERE other.org_id = %(org)s AND other.asset_id = a.id AND other.via = 'api'
        AND other.connection_id <> %(connection)s
        AND (SELECT coalesce(bool_or(i.in_source), true)
               FROM media_boarditem i
               JOIN media_board b ON b.org_id = %(org)s AND b.id = i.board_id
              WHERE i.org_id = %(org)s AND i.asset_id = a.id AND b.source = %(source)s))
"""

# Of what stays though it was not seen, since when: the sweep before was the last to see it.
_UNSEEN: Final = """
UPDATE ingestion_assetorigin o
   SET unseen_since = greatest(o.first_seen_at, nullif(k.cursor ->> 'swept_at', '')::timestamptz)
  FROM media_asset a, ingestion_sourcecheckpoint k
 WHERE o.org_id = %(org)s AND o.connection_id = %(connection)s AND o.via = 'api'
   AND o.unseen_since IS NULL
   AND a.org_id = %(org)s AND a.id = o.asset_id AND NOT a.is_removed_at_source
   AND k.org_id = %(org)s AND k.connection_id = o.connection_id AND k.stream = %(stream)s
   AND NOT EXISTS (
     SELECT FROM ingestion_sighting s
      WHERE s.org_id = %(org)s AND s.connection_id = %(connection)s AND s.asset_id = a.id
        AND s.generation = %(generation)s)
"""
_SEEN: Final = """
UPDATE ingestion_assetorigin o SET unseen_since = NULL
  FROM media_asset a
 WHERE o.org_id = %(org)s AND o.connection_id = %(connection)s AND o.unseen_since IS NOT NULL
   AND a.org_id = %(org)s AND a.id = o.asset_id
   AND a.source = %(source)s AND a.source_ref = ANY(%(refs)s)
"""

_LEAVE_BOARDS: Final = """
UPDATE media_boarditem i SET in_source = false
  FROM media_board b, ingestion_assetorigin o
 WHERE i.org_id = %(org)s AND i.in_source AND i.board_id = b.id
   AND b.org_id = %(org)s AND b.source = %(source)s AND b.source_key = ANY(%(boards)s)
   AND o.org_id = %(org)s AND o.asset_id = i.asset_id AND o.connection_id = %(connection)s
   AND NOT EXISTS (
     SELECT FROM ingestion_sighting s
      WHERE s.org_id = %(org)s AND s.connection_id = %(connection)s
        AND s.asset_id = i.asset_id AND s.board_id = i.board_id
        AND s.generation = %(generation)s)
RETURNING i.asset_id
"""


def note_page(run: SyncRun, page: SyncPage, *, source: str) -> tuple[int, int]:
    """Write what a page tells beside its records, in the transaction that writes them.

    Returns:
        How many assets are gone at their source, and how many places on boards.
    """
    about: dict[str, Any] = {
        "org": run.org_id,
        "connection": run.connection_id,
        "source": source,
        "generation": page.generation,
    }
    _see(about, page.items)
    gone = _execute(_GONE, about | {"refs": list(page.gone)}) if page.gone else 0
    left: set[uuid.UUID] = set()
    places = _leave(about, page.gone_boards, left, generation=-1)
    for part in page.finished:
        of_part = about | {"generation": part.generation}
        if part.board:
            places += _leave(of_part, [part.board], left, generation=part.generation)
        else:
            gone += _end_sweep(of_part, part)
    if left:
        reindex(sorted(left))
    return gone, places


def _see(about: dict[str, Any], items: Sequence[SavedItem]) -> None:
    there = [item for item in items if not item.is_removed_at_source]
    if not there:
        return
    seen = about | {"refs": [item.ref for item in there]}
    _execute(_BRING_BACK, seen)
    _execute(_SEEN, seen)
    if about["generation"]:
        spots = [
            (item.ref, key)
            for item in there
            for key in ([board.key[:400] for board in item.boards] or [""])
        ]
        refs, boards = zip(*spots, strict=True)
        _execute(_SEE, about | {"refs": list(refs), "boards": list(boards)})


def _leave(
    about: dict[str, Any], boards: Collection[str], left: set[uuid.UUID], *, generation: int
) -> int:
    """Take off boards what was not seen on them; add the assets to ``left``."""
    if not boards:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE_BOARDS, about | {"boards": list(boards), "generation": generation})
        found = [row[0] for row in cursor.fetchall()]
    left.update(found)
    return len(found)


def _end_sweep(about: dict[str, Any], part: Finished) -> int:
    """Mark what a whole sweep did not see, and forget what it saw.

    What was spared stays, and grows old: it counts as seen no more.
    """
    gone = _execute(
        _GONE_UNSEEN, about | {"spared": list(part.spared), "spares_secret": part.spares_secret}
    )
    _execute(_UNSEEN, about | {"stream": JobKind.SYNC.value})
    Sighting.objects.filter(
        connection=about["connection"], generation__lte=part.generation
    ).delete()
    return gone


def _execute(statement: str, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
