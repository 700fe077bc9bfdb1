"""Boards as the page of boards shows them: how much is on them, and a few pictures."""

import dataclasses
import json
import uuid

from media.sql import fetch_rows
from tenants.scope import current_org_id

PAGE_SIZE = 60
COVERS = 4

# Boards with something on them come first; who reads on behind one reads on in the same order.
_BOARDS = f"""
WITH listed AS (
  SELECT b.*, NOT EXISTS (
           SELECT FROM media_boarditem i
             JOIN media_asset a ON a.org_id = i.org_id AND a.id = i.asset_id
            WHERE i.org_id = b.org_id AND i.board_id = b.id AND i.is_member
              AND a.removed_at IS NULL) AS is_empty
    FROM media_board b
   WHERE b.org_id = %(org)s AND (b.removed_at IS NULL OR b.id = %(after)s))
SELECT b.id, b.name, b.source, b.source_key <> '', b.is_secret,
       (SELECT count(*) FROM media_boarditem i
          JOIN media_asset a ON a.org_id = i.org_id AND a.id = i.asset_id
         WHERE i.org_id = b.org_id AND i.board_id = b.id AND i.is_member
           AND a.removed_at IS NULL),
       coalesce(c.covers, '[]'::jsonb)::text
  FROM listed b
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(p.media_id, p.version, p.color)) AS covers FROM (
      SELECT cover.media_id, cover.version, a.dominant_color AS color
        FROM media_boarditem i
        JOIN media_asset a ON a.org_id = i.org_id AND a.id = i.asset_id
         AND a.removed_at IS NULL AND a.stored_count > 0
       CROSS JOIN LATERAL (
         SELECT m.id AS media_id, left(r.sha256, 12) AS version FROM media_assetmedia m
           JOIN media_rendition r
             ON r.org_id = m.org_id AND r.blob_id = m.blob_id AND r.name = 'thumb'
          WHERE m.org_id = a.org_id AND m.asset_id = a.id
          ORDER BY m.position, m.id LIMIT 1) cover
       WHERE i.org_id = b.org_id AND i.board_id = b.id AND i.is_member
       ORDER BY i.place, i.asset_id LIMIT {COVERS}) p) c ON true
 WHERE b.removed_at IS NULL
   AND (b.is_empty, b.folded_name, b.id) > (
     coalesce((SELECT is_empty FROM listed WHERE id = %(after)s), false),
     coalesce((SELECT folded_name FROM listed WHERE id = %(after)s), ''), %(after)s)
 ORDER BY b.is_empty, b.folded_name, b.id LIMIT %(size)s
"""  # noqa: S608  # of constants


@dataclasses.dataclass(frozen=True, slots=True)
class Cover:
    """A small picture of an asset on a board."""

    media_id: uuid.UUID
    thumb_version: str
    color: str


@dataclasses.dataclass(frozen=True, slots=True)
class BoardCard:
    """One board in the list."""

    id: uuid.UUID
    name: str
    source: str
    is_mirrored: bool
    is_secret: bool
    count: int
    covers: list[Cover]


@dataclasses.dataclass(frozen=True, slots=True)
class BoardPage:
    """Some boards by name, empty ones last.

    Attributes:
        next_id: where the next page begins; None at the end.
    """

    items: list[BoardCard]
    next_id: uuid.UUID | None

    @property
    def next_text(self) -> str:
        """Return ``next_id`` as it stands in an address."""
        return str(self.next_id or "")


def board_page(after: uuid.UUID) -> BoardPage:
    """Return the boards behind the one with the key ``after``; from the first for ``NO_ID``."""
    params = {"org": current_org_id(), "after": after, "size": PAGE_SIZE + 1}
    rows = fetch_rows(_BOARDS, params)
    boards = [
        BoardCard(*(*row[:6], [Cover(uuid.UUID(pk), *rest) for pk, *rest in json.loads(row[6])]))
        for row in rows[:PAGE_SIZE]
    ]
    return BoardPage(boards, boards[-1].id if len(rows) > PAGE_SIZE else None)
