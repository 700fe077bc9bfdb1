"""What the grid shows of one asset, read for a whole page in one statement."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from media.library.chips import source_name
from media.library.sorting import Cursor, Sort, cursor_at
from media.models.asset import PictureOrigin
from media.sql import fetch_rows
from tenants.scope import current_org_id

CardState = Literal["ready", "processing", "failed", "reference"]

# So much of a text says what it is about; the card shows some lines of it.
EXCERPT_LENGTH = 280
LABEL_LENGTH = 120

# The cover is the first picture whose bytes are held, else the first one. Only what has no
# picture shows its words, so only there are they read.
CARD_COLUMNS = f"""
a.id, a.title, a.alt_text, a.own_text <> '' OR a.source_text <> '', a.source, a.domain, a.kind,
a.media_status, a.saved_at, a.picture_count, a.stored_count, a.failed_count, a.dominant_color,
a.color_name, a.is_removed_at_source, a.is_secret, a.removed_at,
c.id, c.alt_text, c.width_px, c.height_px, c.kind, c.duration_ms, c.frame_count, c.thumb_sha256,
c.unit_status,
CASE WHEN c.id IS NULL THEN left(coalesce(nullif(a.own_text, ''), a.source_text), {EXCERPT_LENGTH})
     ELSE '' END,
c.origin,
CASE WHEN a.title = '' OR c.origin = 'preview' THEN
  (SELECT coalesce(nullif(l.title, ''), l.site_name) FROM media_linkpreview l
    WHERE l.org_id = a.org_id AND l.asset_id = a.id) END
"""  # noqa: S608  # of constants

COVER = """
LEFT JOIN LATERAL (
  SELECT m.id, m.alt_text, coalesce(r.width_px, b.width_px, m.width_px) AS width_px,
         coalesce(r.height_px, b.height_px, m.height_px) AS height_px, m.kind, m.duration_ms,
         m.origin, b.frame_count, r.sha256 AS thumb_sha256,
         CASE WHEN r.id IS NULL AND m.blob_id IS NOT NULL THEN
           (SELECT s.status FROM media_stagestate s
             WHERE s.org_id = m.org_id AND s.blob_id = m.blob_id AND s.stage = 'rendition')
         WHEN m.blob_id IS NULL THEN
           (SELECT s.status FROM media_stagestate s
             WHERE s.org_id = m.org_id AND s.media_id = m.id AND s.stage = 'fetch')
         END AS unit_status
    FROM media_assetmedia m
    LEFT JOIN media_blob b ON b.org_id = m.org_id AND b.id = m.blob_id
    LEFT JOIN media_rendition r
      ON r.org_id = m.org_id AND r.blob_id = m.blob_id AND r.name = 'thumb'
   WHERE m.org_id = a.org_id AND m.asset_id = a.id
   ORDER BY (m.blob_id IS NULL), m.position, m.id
   LIMIT 1) c ON true
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """One asset in a grid.

    Attributes:
        alt: what the picture shows, for people who do not see it; never empty.
        excerpt: how the text begins, on one line; empty where there is a picture.
        cover_id: of the picture (``AssetMedia``) that the card shows; None for none.
        thumb_version: changes when the thumb does; empty while there is no thumb.
        width_px, height_px: of the cover, so that its place can be kept; None where unknown.
        color: ``#rrggbb`` for the place until the picture comes; may be empty.
        state: ``ready`` has a thumb; ``reference`` never had a picture.
        is_preview: the cover is the picture of the page that it links to, not of its source.
        page_title: what that page is called; empty where it does not matter.
        missing_count: pictures that are still to come.
        cursor: of this row in the order of its page.
    """

    id: uuid.UUID
    title: str
    alt: str
    has_text: bool
    source: str
    domain: str
    kind: str
    media_status: str
    saved_at: dt.datetime | None
    picture_count: int
    stored_count: int
    failed_count: int
    color: str
    color_name: str
    is_removed_at_source: bool
    is_secret: bool
    removed_at: dt.datetime | None
    cover_id: uuid.UUID | None
    width_px: int | None
    height_px: int | None
    is_video: bool
    duration_ms: int | None
    is_animated: bool
    thumb_version: str
    state: CardState
    is_preview: bool
    page_title: str
    excerpt: str
    cursor: Cursor

    @property
    def missing_count(self) -> int:
        """Return how many pictures are neither stored nor given up."""
        return max(self.picture_count - self.stored_count - self.failed_count, 0)

    @property
    def name(self) -> str:
        """Return what the card is called: its title, else the linked page's, else its words."""
        return self.title or self.page_title or self.excerpt or self.domain or "Untitled"

    @property
    def label(self) -> str:
        """Return what tells the card from others by ear."""
        return (self.title or self.alt)[:LABEL_LENGTH]

    @property
    def words(self) -> str:
        """Return how the text begins, unless the title says the same already."""
        beginning = self.title.rstrip(" .…")
        return "" if not self.title or self.excerpt.startswith(beginning) else self.excerpt

    @property
    def place(self) -> str:
        """Return where it is from: the page that it leads to, else its source."""
        return self.domain or source_name(self.source)

    @property
    def has_thumb(self) -> bool:
        """Return whether there is a picture to show."""
        return bool(self.thumb_version)


def card_of(row: Sequence[Any], sort: Sort) -> Card:
    """Return the card of a row: ``CARD_COLUMNS``, then the value that it is sorted by."""
    cover_id, cover_alt, width, height, cover_kind, duration, frames, thumb, unit = row[17:26]
    title, asset_alt, domain, excerpt = row[1], row[2], row[5], " ".join(row[26].split())
    page_title = row[28] or ""
    return Card(
        id=row[0],
        title=title,
        alt=cover_alt or asset_alt or title or page_title or excerpt or domain or "Untitled",
        has_text=row[3],
        source=row[4],
        domain=domain,
        kind=row[6],
        media_status=row[7],
        saved_at=row[8],
        picture_count=row[9],
        stored_count=row[10],
        failed_count=row[11],
        color=row[12],
        color_name=row[13],
        is_removed_at_source=row[14],
        is_secret=row[15],
        removed_at=row[16],
        cover_id=cover_id,
        width_px=width,
        height_px=height,
        is_video=cover_kind == "video",
        duration_ms=duration,
        is_animated=(frames or 1) > 1,
        thumb_version=(thumb or "")[:12],
        state=_state(cover_id, thumb, unit),
        is_preview=row[27] == PictureOrigin.PREVIEW,
        page_title=page_title,
        excerpt=excerpt,
        cursor=cursor_at(sort, row[29], row[0]),
    )


def cards_of(ids: Sequence[uuid.UUID]) -> list[Card]:
    """Return the cards of those of the assets ``ids`` that are in the library, in any order."""
    if not ids:
        return []
    statement = f"""
SELECT {CARD_COLUMNS}, a.sorted_at FROM media_asset a {COVER}
 WHERE a.org_id = %(org)s AND a.id = ANY(%(ids)s) AND a.removed_at IS NULL"""  # noqa: S608  # of constants
    rows = fetch_rows(statement, {"org": current_org_id(), "ids": list(ids)})
    return [card_of(row, Sort.NEWEST) for row in rows]


def _state(cover_id: uuid.UUID | None, thumb: str | None, unit_status: str | None) -> CardState:
    if cover_id is None:
        return "reference"
    if thumb:
        return "ready"
    return "failed" if unit_status in ("failed", "n/a") else "processing"
