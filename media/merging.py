"""Two assets become one: whatever hung on either hangs on the one that stays.

What people said outlives what sources and machines said: titles and notes that differ are kept as
notes, a tag that anybody has stays, and so does a place on a board. The statements work on all
pairs of a batch at once, in the transaction of the caller.
"""

import dataclasses
import uuid
from typing import Final

from django.db import connection

from media.models import Asset
from media.models.asset import PREVIEW_POSITION
from media.search.index import reindex
from media.signals import assets_merged
from media.sql import fetch_rows, run


@dataclasses.dataclass(frozen=True, slots=True)
class Merge:
    """An asset that is gone, and the one that has all that was its."""

    gone: uuid.UUID
    survivor: uuid.UUID


# Survivors stand in it as parts of themselves.
_TABLE: Final = """
CREATE TEMPORARY TABLE merging (part uuid, survivor uuid) ON COMMIT DELETE ROWS
"""

_LOCK: Final = """
SELECT id FROM media_asset WHERE org_id = %(org)s AND id = ANY(%(parts)s) ORDER BY id FOR UPDATE
"""


def _first(column: str, *, empty: str = "''") -> str:
    """Return the SQL of the first value that says something: the survivor's, else the oldest's."""
    return (
        f"coalesce((array_agg(a.{column} ORDER BY a.id <> m.survivor, a.id)"
        f" FILTER (WHERE a.{column} <> {empty}))[1], {empty})"
    )


def _first_known(column: str) -> str:
    return (
        f"(array_agg(a.{column} ORDER BY a.id <> m.survivor, a.id)"
        f" FILTER (WHERE a.{column} IS NOT NULL))[1]"
    )


_TEXTS: Final = (
    *("own_title", "source_title", "source_text", "alt_text", "link_url", "source_url", "domain"),
    *("creator", "dominant_color", "color_name"),
)
_DATES: Final = ("saved_at", "source_created_at")

_MERGE_ASSETS: Final = f"""
WITH said AS (
  SELECT m.survivor, {", ".join(f"{_first(name)} AS {name}" for name in _TEXTS)},
         {", ".join(f"{_first_known(name)} AS {name}" for name in _DATES)},
         {_first("kind", empty="'unknown'")} AS kind,
         bool_or(a.is_secret) AS is_secret,
         bool_and(a.is_removed_at_source) AS is_removed_at_source,
         bool_or(a.removed_at IS NULL) AS is_present, min(a.imported_at) AS imported_at
    FROM merging m JOIN media_asset a ON a.org_id = %(org)s AND a.id = m.part
       AND a.id = ANY(%(parts)s)
   GROUP BY m.survivor),
written AS (
  SELECT m.survivor, a.own_text AS note, (a.id <> m.survivor)::int AS place, a.id
    FROM merging m JOIN media_asset a ON a.org_id = %(org)s AND a.id = m.part
       AND a.id = ANY(%(parts)s)
   WHERE a.own_text <> ''
   UNION ALL
  SELECT m.survivor, a.own_title, 2, a.id
    FROM merging m JOIN media_asset a ON a.org_id = %(org)s AND a.id = m.part
       AND a.id = ANY(%(parts)s)
    JOIN said ON said.survivor = m.survivor
   WHERE a.own_title NOT IN ('', said.own_title)),
notes AS (
  SELECT survivor, string_agg(note, E'\\n\\n' ORDER BY place, id) AS own_text
    FROM (SELECT DISTINCT ON (survivor, note) survivor, note, place, id FROM written
           ORDER BY survivor, note, place, id) u
   GROUP BY survivor)
UPDATE media_asset s
   SET {", ".join(f"{name} = said.{name}" for name in (*_TEXTS, *_DATES))},
       kind = said.kind, is_secret = said.is_secret,
       is_removed_at_source = said.is_removed_at_source, imported_at = said.imported_at,
       own_text = coalesce(notes.own_text, ''),
       removed_at = CASE WHEN said.is_present THEN NULL ELSE s.removed_at END,
       removed_by_id = CASE WHEN said.is_present THEN NULL ELSE s.removed_by_id END,
       updated_at = now()
  FROM said LEFT JOIN notes ON notes.survivor = said.survivor
 WHERE s.org_id = %(org)s AND s.id = said.survivor AND s.id = ANY(%(parts)s)
"""  # noqa: S608  # of constants

# A person's tag stays unless everybody took it off; a machine's goes where anybody did.
_MERGE_TAGS: Final = """
INSERT INTO media_assettag AS known (id, org_id, asset_id, tag_id, origin, is_rejected)
SELECT gen_random_uuid(), %(org)s, m.survivor, t.tag_id, t.origin,
       CASE WHEN t.origin = 'human' THEN bool_and(t.is_rejected) ELSE bool_or(t.is_rejected) END
  FROM merging m JOIN media_assettag t ON t.org_id = %(org)s AND t.asset_id = m.part
     AND t.asset_id = ANY(%(parts)s)
 GROUP BY m.survivor, t.tag_id, t.origin
ON CONFLICT (org_id, asset_id, tag_id, origin) DO UPDATE SET is_rejected = excluded.is_rejected
 WHERE known.is_rejected <> excluded.is_rejected
"""

# On a board is what either is on.
_MERGE_PLACES: Final = """
INSERT INTO media_boarditem
  (id, org_id, board_id, asset_id, in_source, own_choice, section, position, own_place, added_at)
SELECT gen_random_uuid(), %(org)s, i.board_id, m.survivor, bool_or(i.in_source),
       CASE WHEN bool_or(i.own_choice = 'added') THEN 'added'
            WHEN bool_or(i.is_member) THEN ''
            WHEN bool_or(i.own_choice = 'removed') THEN 'removed' ELSE '' END,
       coalesce((array_agg(i.section ORDER BY m.part <> m.survivor, m.part)
         FILTER (WHERE i.section <> ''))[1], ''),
       (array_agg(i.position ORDER BY m.part <> m.survivor, m.part)
         FILTER (WHERE i.position IS NOT NULL))[1],
       (array_agg(i.own_place ORDER BY m.part <> m.survivor, m.part)
         FILTER (WHERE i.own_place IS NOT NULL))[1],
       min(i.added_at)
  FROM merging m JOIN media_boarditem i ON i.org_id = %(org)s AND i.asset_id = m.part
     AND i.asset_id = ANY(%(parts)s)
 GROUP BY m.survivor, i.board_id
ON CONFLICT (org_id, asset_id, board_id) DO UPDATE
   SET in_source = excluded.in_source, own_choice = excluded.own_choice,
       section = excluded.section, position = excluded.position, own_place = excluded.own_place,
       added_at = excluded.added_at
"""

# Of the same picture the one whose bytes are here stays; of previews there is one.
_RANKED: Final = """
SELECT m.survivor, p.id, p.key, p.url, p.blob_id,
       first_value(p.id) OVER same AS first_same,
       CASE WHEN p.origin = 'preview' THEN row_number() OVER alike ELSE 1 END AS place_alike
  FROM merging m JOIN media_assetmedia p ON p.org_id = %(org)s AND p.asset_id = m.part
     AND p.asset_id = ANY(%(parts)s)
WINDOW same AS (PARTITION BY m.survivor, p.key
                ORDER BY p.blob_id IS NULL, m.part <> m.survivor, p.id),
       alike AS (PARTITION BY m.survivor, p.origin
                 ORDER BY p.blob_id IS NULL, m.part <> m.survivor, p.id)
"""

_LOSE_PICTURES: Final = f"""
WITH ranked AS MATERIALIZED ({_RANKED}),
lost AS (SELECT * FROM ranked WHERE id <> first_same OR place_alike > 1),
told AS (
  UPDATE media_assetmedia w
     SET fallbacks = (w.fallbacks || l.urls)[:12]
    FROM (SELECT first_same, array_agg(DISTINCT url) AS urls FROM lost
           WHERE id <> first_same AND url <> '' GROUP BY first_same) l
   WHERE w.org_id = %(org)s AND w.id = l.first_same AND w.blob_id IS NULL
     AND w.asset_id = ANY(%(parts)s) AND NOT l.urls <@ (w.url || w.fallbacks))
SELECT id FROM lost
"""  # noqa: S608  # of constants

_DELETE_STATES: Final = """
DELETE FROM media_stagestate WHERE org_id = %(org)s AND media_id = ANY(%(lost)s)
"""

_DELETE_PICTURES: Final = """
DELETE FROM media_assetmedia WHERE org_id = %(org)s AND id = ANY(%(lost)s)
"""

_MOVE_PICTURES: Final = f"""
UPDATE media_assetmedia p
   SET asset_id = n.survivor,
       position = CASE WHEN p.origin = 'preview' THEN {PREVIEW_POSITION} ELSE n.position END
  FROM (SELECT p.id, m.survivor, row_number() OVER (
                 PARTITION BY m.survivor
                 ORDER BY p.origin = 'preview', m.part <> m.survivor, m.part, p.position, p.id
               ) - 1 AS position
          FROM merging m JOIN media_assetmedia p ON p.org_id = %(org)s
             AND p.asset_id = m.part AND p.asset_id = ANY(%(parts)s)) n
 WHERE p.org_id = %(org)s AND p.id = n.id AND p.asset_id = ANY(%(parts)s)
"""  # noqa: S608  # of a constant

_RECOUNT: Final = """
UPDATE media_asset a
   SET picture_count = c.pictures, stored_count = c.stored, failed_count = c.failed,
       media_status = CASE WHEN c.shown > 0 THEN 'image'
                           WHEN a.media_status = 'image' THEN a.media_status
                           WHEN a.link_url <> '' THEN 'link_only' ELSE a.media_status END
  FROM (SELECT s.survivor, count(p.id) AS pictures, count(p.blob_id) AS stored,
               count(*) FILTER (WHERE t.status = 'failed') AS failed,
               count(*) FILTER (WHERE p.origin = 'source') AS shown
          FROM (SELECT DISTINCT survivor FROM merging) s
          LEFT JOIN media_assetmedia p ON p.org_id = %(org)s AND p.asset_id = s.survivor
           AND p.asset_id = ANY(%(parts)s)
          LEFT JOIN LATERAL (
            SELECT t.status FROM media_stagestate t
             WHERE t.org_id = %(org)s AND t.media_id = p.id
                AND t.stage = 'fetch' OFFSET 0) t ON true
         GROUP BY s.survivor) c
 WHERE a.org_id = %(org)s AND a.id = c.survivor AND a.id = ANY(%(parts)s)
"""

# Of what an asset has one of, the survivor's stays; else another takes its place.
_MOVE_PREVIEWS: Final = """
UPDATE media_linkpreview l SET asset_id = c.survivor
  FROM (SELECT DISTINCT ON (m.survivor) m.survivor, l.asset_id
          FROM merging m JOIN media_linkpreview l ON l.org_id = %(org)s
             AND l.asset_id = m.part AND l.asset_id = ANY(%(parts)s)
         ORDER BY m.survivor, m.part <> m.survivor, l.fetched_at DESC NULLS LAST, m.part) c
 WHERE l.org_id = %(org)s AND l.asset_id = c.asset_id AND l.asset_id = ANY(%(parts)s)
   AND c.asset_id <> c.survivor
"""

_MOVE_STATES: Final = """
UPDATE media_stagestate s SET asset_id = c.survivor
  FROM (SELECT DISTINCT ON (m.survivor, s.stage) m.survivor, s.id, m.part
          FROM merging m JOIN media_stagestate s ON s.org_id = %(org)s
             AND s.asset_id = m.part AND s.asset_id = ANY(%(parts)s)
         ORDER BY m.survivor, s.stage, m.part <> m.survivor, m.part) c
 WHERE s.org_id = %(org)s AND s.id = c.id AND s.asset_id = ANY(%(parts)s) AND c.part <> c.survivor
"""

_MOVE_HISTORY: Final = """
UPDATE media_operationitem i SET asset_id = m.survivor
  FROM merging m
 WHERE i.org_id = %(org)s AND i.asset_id = m.part AND i.asset_id = ANY(%(parts)s)
    AND m.part <> m.survivor
"""

# What people asked for and what waits its turn is done to the one that stays.
_MOVE_BATCHES: Final = """
UPDATE media_operationbatch b
   SET asset_ids = ARRAY(
         SELECT CASE WHEN m.survivor = ANY(b.asset_ids) THEN x.id
                     ELSE coalesce(m.survivor, x.id) END
           FROM unnest(b.asset_ids) WITH ORDINALITY AS x (id, place)
           LEFT JOIN merging m ON m.part = x.id
          ORDER BY x.place)
 WHERE b.org_id = %(org)s
   AND b.asset_ids && ARRAY(SELECT part FROM merging WHERE part <> survivor)
"""


def prepare_merges() -> None:
    """See that there is an empty table for the pairs to merge."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.merging')")
        cursor.execute(_TABLE if cursor.fetchone()[0] is None else "DELETE FROM merging")


def merge_planned(org_id: uuid.UUID) -> tuple[Merge, ...]:
    """Merge what stands in the table of pairs, in the organization in scope."""
    pairs = fetch_rows("SELECT part, survivor FROM merging WHERE part <> survivor", {})
    if not pairs:
        return ()
    merges = tuple(Merge(gone, survivor) for gone, survivor in pairs)
    # In each statement: keys in an array are found by an index, whatever the planner believes of
    # tables that have just been filled.
    parts = {merge.gone for merge in merges} | {merge.survivor for merge in merges}
    scope = {"org": org_id, "parts": list(parts)}
    run(_LOCK, scope)
    run(_MERGE_ASSETS, scope)
    run(_MERGE_TAGS, scope)
    run(_MERGE_PLACES, scope)
    lost = [key for (key,) in fetch_rows(_LOSE_PICTURES, scope)]
    for statement in (_DELETE_STATES, _DELETE_PICTURES):
        run(statement, {**scope, "lost": lost})
    run(_MOVE_PICTURES, scope)
    for statement in (_MOVE_PREVIEWS, _MOVE_STATES, _MOVE_HISTORY, _MOVE_BATCHES, _RECOUNT):
        run(statement, scope)
    # Apps above have rows of their own that hang on an asset.
    assets_merged.send(sender=Asset, merges=merges)
    # Through the models: whatever is left of it goes along.
    Asset.objects.filter(pk__in=[merge.gone for merge in merges]).delete()
    reindex(sorted({merge.survivor for merge in merges}))
    return merges
