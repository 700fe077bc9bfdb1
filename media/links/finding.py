"""Writes what checks of links found, beside what the source and people say."""

import dataclasses
import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.models.functions import Now

from media.models import Asset, AssetMedia, LinkPreview, StageState
from media.models.asset import PREVIEW_POSITION, PictureOrigin
from media.models.link import LinkHealth
from media.models.stage import Stage, StageStatus
from media.search.index import reindex
from tenants.scope import current_org_id


@dataclasses.dataclass(frozen=True, slots=True)
class SeenPicture:
    """The picture by which a page wants to be shown.

    Attributes:
        key: the same for every way to write its address.
        fallbacks: further addresses of it, the better first.
    """

    key: str
    url: str
    fallbacks: tuple[str, ...] = ()
    width_px: int | None = None
    height_px: int | None = None
    alt_text: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class SeenPage:
    """What a page says of itself."""

    final_url: str
    title: str = ""
    description: str = ""
    site_name: str = ""
    picture: SeenPicture | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What one check of the link of an asset told.

    Attributes:
        health: how the page is by now; None where the check does not tell.
        failures, failing_since: checks in a row that did not find the page, this one included.
        page: what it said; None where it said nothing.
    """

    asset_id: uuid.UUID
    url: str
    at: dt.datetime
    health: LinkHealth | None = None
    error_code: str = ""
    failures: int = 0
    failing_since: dt.datetime | None = None
    page: SeenPage | None = None


_WRITTEN = (
    "url", "final_url", "title", "description", "site_name", "health", "health_since",
    "failures", "failing_since", "error_code", "checked_at", "fetched_at",
)  # fmt: skip

# What the source gave stays as it said: a preview makes no picture of a link.
_RECOUNT = """
UPDATE media_asset a
   SET picture_count = c.pictures, stored_count = c.stored, failed_count = c.failed
  FROM (SELECT w.asset_id, count(m.id) AS pictures, count(m.blob_id) AS stored,
               count(*) FILTER (WHERE s.status = 'failed') AS failed
          FROM unnest(%(assets)s::uuid[]) AS w (asset_id)
          LEFT JOIN media_assetmedia m ON m.org_id = %(org)s AND m.asset_id = w.asset_id
          LEFT JOIN media_stagestate s
            ON s.org_id = m.org_id AND s.media_id = m.id AND s.stage = 'fetch'
         GROUP BY w.asset_id) c
 WHERE a.org_id = %(org)s AND a.id = c.asset_id
   AND (a.picture_count, a.stored_count, a.failed_count)
    IS DISTINCT FROM (c.pictures, c.stored, c.failed)
"""


def write_findings(findings: Sequence[Finding]) -> None:
    """Write a batch of findings, queue the previews to be fetched, and let their words be found.

    Works in the organization in scope. Assets that were removed for good meanwhile are left out.
    """
    if not findings:
        return
    rows = Asset.objects.select_for_update(no_key=True).order_by("pk")
    there = set(
        rows.filter(pk__in=[finding.asset_id for finding in findings]).values_list("pk", flat=True)
    )
    kept = [finding for finding in findings if finding.asset_id in there]
    known = LinkPreview.objects.in_bulk([finding.asset_id for finding in kept])
    led_elsewhere = [
        finding.asset_id
        for finding in kept
        if finding.asset_id in known and known[finding.asset_id].url != finding.url
    ]
    LinkPreview.objects.bulk_create(
        [_row(finding, known.get(finding.asset_id)) for finding in kept],
        update_conflicts=True,
        unique_fields=["asset"],
        update_fields=_WRITTEN,
    )
    read = {finding.asset_id: finding.page for finding in kept if finding.page}
    shown = {asset_id: page.picture for asset_id, page in read.items() if page.picture}
    _detach([asset_id for asset_id in led_elsewhere if asset_id not in shown])
    _attach(shown)
    reindex([*read, *(asset_id for asset_id in led_elsewhere if asset_id not in read)])


def _row(finding: Finding, row: LinkPreview | None) -> LinkPreview:
    """Return the row of a link after a check."""
    if row is None:
        row = LinkPreview(
            org_id=current_org_id(), asset_id=finding.asset_id, health_since=finding.at
        )
    elif row.url != finding.url:
        # All that is known is of another page.
        row.final_url = row.title = row.description = row.site_name = ""
        row.health, row.health_since, row.fetched_at = LinkHealth.UNKNOWN, finding.at, None
    row.url, row.checked_at, row.error_code = finding.url, finding.at, finding.error_code
    row.failures, row.failing_since = finding.failures, finding.failing_since
    if finding.health is not None and finding.health != row.health:
        row.health, row.health_since = finding.health, finding.at
    if finding.page is not None:
        row.final_url = finding.page.final_url
        row.title, row.description = finding.page.title[:500], finding.page.description[:2000]
        row.site_name = finding.page.site_name[:200]
        row.fetched_at = finding.at
    return row


def _detach(asset_ids: Sequence[uuid.UUID]) -> None:
    """Take from assets the pictures of pages that they do not link to any more."""
    previews = AssetMedia.objects.filter(origin=PictureOrigin.PREVIEW)
    if previews.filter(asset_id__in=asset_ids).delete()[0]:
        _recount(asset_ids)


def _attach(wanted: Mapping[uuid.UUID, SeenPicture]) -> None:
    """Give assets the pictures of their pages, where their source has given none."""
    if not wanted:
        return
    media = AssetMedia.objects.filter(asset_id__in=list(wanted))
    own = set(media.filter(origin=PictureOrigin.SOURCE).values_list("asset_id", flat=True))
    held = {each.asset_id: each for each in media.filter(origin=PictureOrigin.PREVIEW)}
    fresh, replaced, moved = [], [], []
    for asset_id in sorted(wanted.keys() - own):
        found, before = _media(asset_id, wanted[asset_id]), held.get(asset_id)
        if before is None or before.key != found.key:
            fresh.append(found)
            replaced += [before.pk] if before else []
        elif before.blob_id is None:
            before.url, before.fallbacks = found.url, found.fallbacks
            moved.append(before)
    AssetMedia.objects.filter(pk__in=replaced).delete()
    AssetMedia.objects.bulk_create(fresh)
    StageState.objects.bulk_create(
        StageState(org_id=each.org_id, stage=Stage.FETCH, media=each) for each in fresh
    )
    AssetMedia.objects.bulk_update(moved, ["url", "fallbacks"])
    again = StageState.objects.filter(stage=Stage.FETCH, status=StageStatus.FAILED)
    again.filter(media_id__in=[each.pk for each in moved]).update(
        status=StageStatus.PENDING, error_code="", attempts=0, due_at=Now(), waiting_since=Now()
    )
    _recount(list(wanted))


def _recount(asset_ids: Sequence[uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, {"org": current_org_id(), "assets": list(asset_ids)})


def _media(asset_id: uuid.UUID, picture: SeenPicture) -> AssetMedia:
    return AssetMedia(
        org_id=current_org_id(),
        asset_id=asset_id,
        position=PREVIEW_POSITION,
        # Never the key of a picture that a source has given: nobody has taken this one.
        key=f"preview:{hashlib.sha256(picture.key.encode()).hexdigest()}",
        url=picture.url,
        fallbacks=list(picture.fallbacks[:12]),
        width_px=picture.width_px,
        height_px=picture.height_px,
        alt_text=picture.alt_text,
        origin=PictureOrigin.PREVIEW,
    )
