"""What the page of one asset shows beside its own row."""

import dataclasses
import uuid
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings

from media.barring import NOT_PERMITTED
from media.models import Asset, AssetTag, BoardItem, LinkPreview, StageState, Tag
from media.models.link import LinkHealth
from media.models.stage import Stage, StageStatus
from media.sql import fetch_rows

PictureState = Literal["ready", "processing", "failed"]

# What became of a picture that cannot be shown, by the code of its stage.
FAILURES = {
    "not_found": "It is gone at its source",
    "forbidden": "Its source does not give it out",
    "unsafe_url": "Its address leads into a private network",
    "payload_too_large": "It is too large to keep",
    "bad_response": "Its address holds no picture",
    NOT_PERMITTED: "The terms of its source let it be seen there, and not be kept here",
    "image_unsupported": "Its format is not one that Magpie reads",
    "image_corrupt": "Its file is damaged",
    "image_too_large": "It has more pixels than Magpie reads",
}
LINK_FAILURES = {
    "forbidden": "It asks for a sign-in, or shows itself to nobody",
    "robots_refused": "It asks programs to leave the page alone",
    "unsafe_url": "The address leads into a private network",
    "network": "The site cannot be reached",
    "source_timeout": "The site does not answer in time",
    "source_unavailable": "The site has trouble of its own",
    "robots_unavailable": "The site does not say what programs may read",
    "bad_response": "The site answers with an error",
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
       coalesce(f.error_code, d.error_code, ''), m.url, m.origin = 'preview'
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
        is_preview: it is of the page that the asset links to, not of its source.
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
    is_preview: bool

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
    def is_withheld(self) -> bool:
        """Return whether the terms of its source do not let it be kept."""
        return self.error_code == NOT_PERMITTED

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


@dataclasses.dataclass(frozen=True, slots=True)
class LinkState:
    """The page behind the link of an asset.

    Attributes:
        found: what the last checks found; None before the first.
        is_waiting: whether it is about to be checked.
        may_be_checked: whether people may ask for that.
    """

    found: LinkPreview | None
    is_waiting: bool
    may_be_checked: bool

    @property
    def site(self) -> str:
        """Return how the site is called: by its name, else by its host."""
        if self.found is None:
            return ""
        host = urlsplit(self.found.final_url or self.found.url).hostname or ""
        return self.found.site_name or host.removeprefix("www.")

    @property
    def is_in_doubt(self) -> bool:
        """Return whether the last check did not find the page, and another one will settle it."""
        return bool(self.found and self.found.failures and self.found.health != LinkHealth.GONE)

    @property
    def reason(self) -> str:
        """Return why the page was not read."""
        return LINK_FAILURES.get(self.found.error_code, "") if self.found else ""


def link_of(asset: Asset) -> LinkState | None:
    """Return what is known of the link of ``asset``; None where nobody checks it."""
    found = LinkPreview.objects.filter(asset_id=asset.pk).first()
    unit = StageState.objects.filter(asset_id=asset.pk, stage=Stage.LINKS)
    status = unit.values_list("status", flat=True).first()
    if found is None and status != StageStatus.PENDING:
        return None
    is_on = settings.ENRICH_LINKS and asset.removed_at is None
    is_waiting = is_on and status == StageStatus.PENDING
    return LinkState(found, is_waiting, may_be_checked=is_on and not is_waiting)
