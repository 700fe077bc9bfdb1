"""Takes from assets what their source gave, where that may not be kept; what people said stays."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db.models import Q

from media.barring import NOT_PERMITTED
from media.models import AssetMedia, AssetTag, BoardItem, LinkPreview
from media.models.tag import TagOrigin
from media.search.index import reindex
from media.sql import run
from tenants.scope import current_org_id

# The reference alone stays: which saved thing it is, and where to see it. An empty hash lets the
# next report of it fill it again.
_EMPTY: Final = """
UPDATE media_asset
   SET source_title = '', source_text = '', alt_text = '', link_url = '', domain = '',
       creator = '', saved_at = NULL, source_created_at = NULL, content_hash = '',
       dominant_color = '', color_name = '',
       media_status = CASE WHEN c.pictures > 0 THEN 'image' ELSE 'metadata_only' END,
       picture_count = c.pictures, stored_count = c.stored, failed_count = 0, updated_at = now()
  FROM (SELECT w.id, count(m.id) AS pictures, count(m.blob_id) AS stored
          FROM unnest(%(assets)s::uuid[]) AS w (id)
          LEFT JOIN media_assetmedia m ON m.org_id = %(org)s AND m.asset_id = w.id
         GROUP BY w.id) c
 WHERE media_asset.org_id = %(org)s AND media_asset.id = c.id
"""

_LET_GO: Final = """
UPDATE media_assetmedia SET blob_id = NULL WHERE org_id = %(org)s AND id = ANY(%(media)s)
"""
_NOTE: Final = """
INSERT INTO media_stagestate (id, org_id, stage, media_id, status, error_code, attempts)
SELECT gen_random_uuid(), %(org)s, 'fetch', m.id, 'n/a', %(code)s, 0
  FROM unnest(%(media)s::uuid[]) AS m (id)
ON CONFLICT (org_id, media_id, stage) WHERE media_id IS NOT NULL DO UPDATE
   SET status = 'n/a', former = '', error_code = %(code)s, updated_at = now()
"""
_RECOUNT: Final = """
UPDATE media_asset a SET stored_count = c.stored, dominant_color = '', color_name = ''
  FROM (SELECT m.asset_id, count(m.blob_id) AS stored FROM media_assetmedia m
         WHERE m.org_id = %(org)s AND m.asset_id IN (
           SELECT asset_id FROM media_assetmedia WHERE org_id = %(org)s AND id = ANY(%(media)s))
         GROUP BY m.asset_id) c
 WHERE a.org_id = %(org)s AND a.id = c.asset_id
"""


def empty_assets(assets: Collection[uuid.UUID]) -> None:
    """Take from assets all that their source said and showed, in the organization in scope.

    Their own titles, texts, tags and boards stay, and pictures that people uploaded. Bytes that
    nothing shows by then are found by `media.upkeep.forget_unused`.
    """
    if not assets:
        return
    AssetMedia.objects.filter(asset__in=assets, is_uploaded=False).delete()
    AssetTag.objects.filter(asset__in=assets).exclude(
        Q(origin=TagOrigin.HUMAN) | Q(is_rejected=True)
    ).delete()
    places = BoardItem.objects.filter(asset__in=assets)
    places.filter(own_choice=BoardItem.Choice.NONE).delete()
    places.update(in_source=False, section="", position=None)
    LinkPreview.objects.filter(asset__in=assets).delete()
    _run(_EMPTY, assets=list(assets))
    reindex(sorted(assets))


def let_go_of_pictures(media: Sequence[uuid.UUID]) -> None:
    """Forget the bytes of pictures that may be seen at their source alone, and note why.

    In the organization in scope. Bytes that nothing shows by then are found by
    `media.upkeep.forget_unused`.
    """
    if media:
        _run(_LET_GO, media=list(media))
        _run(_NOTE, media=list(media), code=NOT_PERMITTED)
        _run(_RECOUNT, media=list(media))


def _run(statement: str, **params: Any) -> None:
    run(statement, {"org": current_org_id(), **params})
