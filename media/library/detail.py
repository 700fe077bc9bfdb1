"""What the page of one asset shows beside its own row."""

import dataclasses
import uuid
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings

from media.models import Asset, AssetTag, BoardItem, Tag
from media.sql import fetch_rows

PictureState = Literal["ready", "processing", "failed"]

# What became of a picture that cannot be shown, by the code of its stage.
FAILURES = {
    "not_found": "It is gone at its source",
    "forbidden": "Its source does not give it out",
    "unsafe_url": "Its address leads into a private network",
    "payload_too_large": "It is too large to keep",
    "bad_response": "Its address holds no picture",
    "image_unsupported": "Its format is not one that Magpie reads",
    "image_corrupt": "Its file is damaged",
    "image_too_large": "It has more pixels than Magpie reads",
}
FAILURE = "It could not be fetched"
# A stand-in answers for the picture's host (FETCH_HOST_MAP), and only with what it has itself.
STAND_IN_CODES = frozenset({"forbidden", "not_found"})
STAND_IN_FAILURE = (
    "This demo fetches only its own pictures. Start Magpie without the demo to fetch yours: "
    "make run DEMO=0"
)

_PICTURES = """
SELECT m.id, m.alt_text, m.kind, m.video_url, m.duration_ms,
       coalesce(p.width_px, b.width_px, m.width_px),
       coalesce(p.height_px, b.height_px, m.height_px),
       b.width_px, b.height_px, coalesce(b.media_type, ''), b.size_bytes,
       coalesce(b.frame_count, 1), coalesce(b.dominant_color, ''), coalesce(p.sha256, ''),
       coalesce(t.sha256, ''), coalesce(b.sha256, ''), coalesce(f.status, d.status, ''),
       coalesce(f.error_code, d.error_code, ''), m.url
  FROM media_assetmedia m
  LEFT JOIN media_blob b ON b.org_id = m.org_id AND b.id = m.blob_id
  LEFT JOIN media_rendition p
    ON p.org_id = m.org_id AND p.blob_id = m.blob_id AND p.name = 'preview'
  LEFT JOIN media_rendition t
    ON t.org_id = m.org_id AND t.blob_id = m.blob_id AND t.name = 'thumb'
  LEFT JOIN media_stagestate f
    ON f.org_id = m.org_id AND f.media_id = m.id AND f.stage = 'fetch' AND m.blob_id IS NULL
  LEFT JOIN media_stagestate d
    ON d.org_id = m.org_id AND d.blob_id = m.blob_id AND d.stage = 'rendition'
 WHERE m.org_id = %(org)s AND m.asset_id = %(asset)s
 ORDER BY m.position, m.id
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """One picture of an asset.

    Attributes:
        width_px, height_px: of the preview, else of the original; None where unknown.
        original_width_px, original_height_px: of the original as shown; None before decoding.
        media_type, size_bytes: of the original; empty and None while its bytes are not held.
        color: ``#rrggbb``; may be empty.
        preview_version, thumb_version: change with the rendition; empty while there is none.
        sha256: of the original; empty while its bytes are not held.
    """

    id: uuid.UUID
    alt: str
    kind: str
    video_url: str
    duration_ms: int | None
    width_px: int | None
    height_px: int | None
    original_width_px: int | None
    original_height_px: int | None
    media_type: str
    size_bytes: int | None
    frame_count: int
    color: str
    preview_version: str
    thumb_version: str
    sha256: str
    stage_status: str
    error_code: str
    url: str

    @property
    def is_video(self) -> bool:
        """Return whether it is the cover of a video."""
        return self.kind == "video"

    @property
    def state(self) -> PictureState:
        """Return whether it can be shown, will be, or cannot be."""
        if self.preview_version:
            return "ready"
        return "failed" if self.stage_status in ("failed", "n/a") else "processing"

    @property
    def failure(self) -> str:
        """Return why it cannot be shown."""
        if self.error_code in STAND_IN_CODES and _has_stand_in(self.url):
            return STAND_IN_FAILURE
        return FAILURES.get(self.error_code, FAILURE)


def _has_stand_in(url: str) -> bool:
    """Return whether requests to the host of ``url`` are answered by a site of this machine."""
    return bool(settings.FETCH_HOST_MAP) and urlsplit(url).hostname in settings.FETCH_HOST_MAP


def pictures_of(asset: Asset) -> list[Picture]:
    """Return all pictures of ``asset`` in order, in one statement."""
    rows = fetch_rows(_PICTURES, {"org": asset.org_id, "asset": asset.pk})
    return [Picture(*(*row[:13], row[13][:12], row[14][:12], *row[15:])) for row in rows]


@dataclasses.dataclass(frozen=True, slots=True)
class TagOnAsset:
    """A tag and all who say so: people, the source, a machine."""

    tag: Tag
    origins: list[str]


def tags_of(asset: Asset) -> list[TagOnAsset]:
    """Return the tags that ``asset`` has, by name, each once."""
    found: dict[uuid.UUID, TagOnAsset] = {}
    rows = (
        AssetTag.objects.filter(asset_id=asset.pk, is_rejected=False)
        .select_related("tag")
        .order_by("tag__folded_name", "tag_id", "origin")
    )
    for row in rows:
        found.setdefault(row.tag_id, TagOnAsset(row.tag, [])).origins.append(
            row.get_origin_display()
        )
    return list(found.values())


def places_of(asset: Asset) -> list[BoardItem]:
    """Return the places of ``asset`` on boards that nobody removed, by name."""
    return list(
        BoardItem.objects.filter(asset_id=asset.pk, is_member=True, board__removed_at=None)
        .select_related("board")
        .order_by("board__folded_name", "board_id")
    )
