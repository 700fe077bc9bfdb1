"""Writes what the stages found: one set of statements per batch."""

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from media.colors import name_color
from media.models.stage import StageStatus
from tenants.ids import uuid7
from tenants.scope import current_org_id


@dataclasses.dataclass(frozen=True, slots=True)
class UnitResult:
    """How one unit came out of a stage.

    Attributes:
        state_id: of its :class:`~media.models.StageState`.
        due_at: when to try again, for ``pending``.
        is_attempt: whether it counts as a try; one that was asked to wait does not.
    """

    state_id: uuid.UUID
    status: StageStatus
    error_code: str = ""
    due_at: datetime | None = None
    is_attempt: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class StoredBlob:
    """Bytes that were fetched for a picture and are in storage by now."""

    media_id: uuid.UUID
    sha256: str
    size_bytes: int
    media_type: str
    storage_key: str


@dataclasses.dataclass(frozen=True, slots=True)
class StoredRendition:
    """A derived picture that is in storage by now."""

    name: str
    sha256: str
    storage_key: str
    size_bytes: int
    width_px: int
    height_px: int


@dataclasses.dataclass(frozen=True, slots=True)
class DecodedBlob:
    """What decoding told about a blob."""

    blob_id: uuid.UUID
    media_type: str
    width_px: int
    height_px: int
    frame_count: int
    phash: int
    dhash: int
    dominant_color: str
    renditions: tuple[StoredRendition, ...]


_INSERT_BLOBS = """
INSERT INTO media_blob (id, org_id, sha256, size_bytes, media_type, storage_key, dominant_color)
SELECT DISTINCT ON (sha256) id, %(org)s, sha256, size_bytes, media_type, storage_key, ''
  FROM unnest(%(ids)s::uuid[], %(sha256)s::text[], %(size)s::bigint[], %(type)s::text[],
              %(key)s::text[]) AS b (id, sha256, size_bytes, media_type, storage_key)
ON CONFLICT (org_id, sha256) DO NOTHING
"""

_LINK_MEDIA = """
UPDATE media_assetmedia m SET blob_id = b.id
  FROM unnest(%(media)s::uuid[], %(sha256)s::text[]) AS f (media_id, sha256)
  JOIN media_blob b ON b.org_id = %(org)s AND b.sha256 = f.sha256
 WHERE m.org_id = %(org)s AND m.id = f.media_id AND m.blob_id IS DISTINCT FROM b.id
"""

_QUEUE_RENDITIONS = """
INSERT INTO media_stagestate (id, org_id, stage, blob_id, status, error_code, attempts)
SELECT gen_random_uuid(), %(org)s, 'rendition', b.id, 'pending', '', 0
  FROM media_blob b
 WHERE b.org_id = %(org)s AND b.sha256 = ANY(%(sha256)s)
ON CONFLICT (org_id, blob_id, stage) WHERE blob_id IS NOT NULL DO NOTHING
"""

_WRITE_STATES = """
UPDATE media_stagestate s
   SET status = r.status, error_code = r.error_code, attempts = s.attempts + r.tries,
       former = CASE WHEN r.status = 'pending' THEN s.former ELSE '' END,
       due_at = coalesce(r.due_at, s.due_at), updated_at = now()
  FROM unnest(%(ids)s::uuid[], %(status)s::text[], %(codes)s::text[], %(due)s::timestamptz[],
              %(tries)s::int[])
       AS r (id, status, error_code, due_at, tries)
 WHERE s.org_id = %(org)s AND s.id = r.id
"""

_RECOUNT = """
UPDATE media_asset a
   SET stored_count = c.stored, failed_count = c.failed
  FROM (SELECT m.asset_id, count(m.blob_id) AS stored,
               count(*) FILTER (WHERE s.status = 'failed') AS failed
          FROM media_assetmedia m
          LEFT JOIN media_stagestate s
            ON s.org_id = m.org_id AND s.media_id = m.id AND s.stage = 'fetch'
         WHERE m.org_id = %(org)s AND m.asset_id IN (
           SELECT asset_id FROM media_assetmedia WHERE org_id = %(org)s AND id = ANY(%(media)s))
         GROUP BY m.asset_id) c
 WHERE a.org_id = %(org)s AND a.id = c.asset_id
   AND (a.stored_count, a.failed_count) IS DISTINCT FROM (c.stored, c.failed)
"""

_DESCRIBE_BLOBS = """
UPDATE media_blob b
   SET media_type = d.media_type, width_px = d.width_px, height_px = d.height_px,
       frame_count = d.frame_count, phash = d.phash, dhash = d.dhash,
       dominant_color = d.dominant_color
  FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(widths)s::int[], %(heights)s::int[],
              %(frames)s::int[], %(phashes)s::bigint[], %(dhashes)s::bigint[],
              %(colors)s::text[])
       AS d (id, media_type, width_px, height_px, frame_count, phash, dhash, dominant_color)
 WHERE b.org_id = %(org)s AND b.id = d.id
"""

_WRITE_RENDITIONS = """
INSERT INTO media_rendition
  (id, org_id, blob_id, name, sha256, storage_key, size_bytes, width_px, height_px)
SELECT r.id, %(org)s, r.blob_id, r.name, r.sha256, r.key, r.size, r.width, r.height
  FROM unnest(%(ids)s::uuid[], %(blobs)s::uuid[], %(names)s::text[], %(sha256)s::text[],
              %(keys)s::text[], %(sizes)s::bigint[], %(widths)s::int[], %(heights)s::int[])
       AS r (id, blob_id, name, sha256, key, size, width, height)
ON CONFLICT (org_id, blob_id, name) DO UPDATE
   SET sha256 = excluded.sha256, storage_key = excluded.storage_key,
       size_bytes = excluded.size_bytes, width_px = excluded.width_px,
       height_px = excluded.height_px
"""

# The first picture gives an asset its colour; what we decoded is better than a source's word.
_COLOR_ASSETS = """
UPDATE media_asset a SET dominant_color = d.color, color_name = d.color_name
  FROM unnest(%(ids)s::uuid[], %(colors)s::text[], %(names)s::text[])
       AS d (blob_id, color, color_name)
  JOIN media_assetmedia m ON m.org_id = %(org)s AND m.blob_id = d.blob_id
 WHERE a.org_id = %(org)s AND a.id = m.asset_id
   AND (m.position = 0 OR m.origin = 'preview' AND a.picture_count = 1)
   AND (a.dominant_color, a.color_name) IS DISTINCT FROM (d.color, d.color_name)
"""


def write_fetched(blobs: Sequence[StoredBlob], media_ids: Sequence[uuid.UUID]) -> None:
    """Tie fetched bytes to their pictures and queue what follows.

    Args:
        blobs: what was stored.
        media_ids: every picture of the batch, failed ones too: their assets are counted anew.
    """
    org = current_org_id()
    # One order for every writer, so that two never wait for each other.
    blobs = sorted(blobs, key=lambda blob: blob.sha256)
    hashes = [blob.sha256 for blob in blobs]
    with connection.cursor() as cursor:
        if blobs:
            cursor.execute(
                _INSERT_BLOBS,
                {
                    "org": org,
                    "ids": [uuid7() for _ in blobs],
                    "sha256": hashes,
                    "size": [blob.size_bytes for blob in blobs],
                    "type": [blob.media_type for blob in blobs],
                    "key": [blob.storage_key for blob in blobs],
                },
            )
            media = [blob.media_id for blob in blobs]
            cursor.execute(_LINK_MEDIA, {"org": org, "media": media, "sha256": hashes})
            cursor.execute(_QUEUE_RENDITIONS, {"org": org, "sha256": hashes})
        cursor.execute(_RECOUNT, {"org": org, "media": list(media_ids)})


def write_decoded(blobs: Sequence[DecodedBlob]) -> None:
    """Write what decoding told, the renditions, and the colours of the assets."""
    if not blobs:
        return
    org = current_org_id()
    ids = [blob.blob_id for blob in blobs]
    colors = [blob.dominant_color for blob in blobs]
    made = [(blob.blob_id, rendition) for blob in blobs for rendition in blob.renditions]
    with connection.cursor() as cursor:
        cursor.execute(
            _DESCRIBE_BLOBS,
            {
                "org": org,
                "ids": ids,
                "types": [blob.media_type for blob in blobs],
                "widths": [blob.width_px for blob in blobs],
                "heights": [blob.height_px for blob in blobs],
                "frames": [blob.frame_count for blob in blobs],
                "phashes": [blob.phash for blob in blobs],
                "dhashes": [blob.dhash for blob in blobs],
                "colors": colors,
            },
        )
        cursor.execute(
            _WRITE_RENDITIONS,
            {
                "org": org,
                "ids": [uuid7() for _ in made],
                "blobs": [blob_id for blob_id, _ in made],
                "names": [rendition.name for _, rendition in made],
                "sha256": [rendition.sha256 for _, rendition in made],
                "keys": [rendition.storage_key for _, rendition in made],
                "sizes": [rendition.size_bytes for _, rendition in made],
                "widths": [rendition.width_px for _, rendition in made],
                "heights": [rendition.height_px for _, rendition in made],
            },
        )
        names = [name_color(color) for color in colors]
        cursor.execute(_COLOR_ASSETS, {"org": org, "ids": ids, "colors": colors, "names": names})


def write_states(results: Sequence[UnitResult]) -> None:
    """Write how the units of a batch came out, and count the tries."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE_STATES,
            {
                "org": current_org_id(),
                "ids": [result.state_id for result in results],
                "status": [result.status.value for result in results],
                "codes": [result.error_code for result in results],
                "due": [result.due_at for result in results],
                "tries": [int(result.is_attempt) for result in results],
            },
        )
