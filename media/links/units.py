"""Which links are to be checked, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from media.models import Asset
from tenants.scope import current_org_id

# Of a unit that is not applicable only for the time being.
NOT_NOW: Final = "not_now"
_WEB_LINK: Final = r"^https?://[^/]"

_ADD = """
INSERT INTO media_stagestate (id, org_id, stage, asset_id, status, error_code, attempts)
SELECT gen_random_uuid(), %(org)s, 'links', a.id, 'pending', '', 0 FROM media_asset a
 WHERE a.org_id = %(org)s AND a.removed_at IS NULL AND a.picture_count = 0
   AND a.link_url ~* %(link)s AND NOT EXISTS (
   SELECT FROM media_stagestate s
    WHERE s.org_id = %(org)s AND s.asset_id = a.id AND s.stage = 'links')
ON CONFLICT (org_id, asset_id, stage) WHERE asset_id IS NOT NULL DO NOTHING
"""

# Links whose next check has come, whatever the last one told; links that changed; and what could
# not be checked for the time being.
_LOOK_ANEW = """
UPDATE media_stagestate s
   SET status = 'pending', former = CASE WHEN s.status = 'n/a' THEN '' ELSE s.status END,
       attempts = 0, due_at = now(), waiting_since = now(), updated_at = now()
  FROM media_asset a
  LEFT JOIN media_linkpreview l ON l.org_id = %(org)s AND l.asset_id = a.id
 WHERE s.org_id = %(org)s AND s.stage = 'links' AND s.asset_id IS NOT NULL
   AND a.org_id = %(org)s AND a.id = s.asset_id AND a.removed_at IS NULL
   AND a.link_url ~* %(link)s
   AND (s.status = 'done' AND s.due_at <= now()
        OR s.status = 'failed' AND s.due_at <= now()
        OR s.status = 'n/a' AND s.error_code = %(not_now)s
        OR s.status IN ('done', 'failed') AND l.url <> a.link_url)
"""

_HOLD_BACK = """
UPDATE media_stagestate s
   SET due_at = h.until, error_code = 'rate_limited', updated_at = now()
  FROM unnest(%(sites)s::text[], %(until)s::timestamptz[]) AS h (site, until)
  JOIN media_asset a ON a.org_id = %(org)s AND starts_with(a.link_url, h.site)
 WHERE s.org_id = %(org)s AND s.asset_id = a.id AND s.stage = 'links'
   AND s.status = 'pending' AND s.due_at < h.until
"""


def linked_assets() -> QuerySet[Asset]:
    """Return what has no picture and leads to a page."""
    return Asset.objects.present().filter(picture_count=0, link_url__iregex=_WEB_LINK)


def add_units() -> int:
    """Make pending what nobody checked yet, or not for long; return how many links.

    Works in the organization in scope.
    """
    if not settings.ENRICH_LINKS:
        return 0
    params: dict[str, Any] = {"org": current_org_id(), "link": _WEB_LINK, "not_now": NOT_NOW}
    with connection.cursor() as cursor:
        cursor.execute(_ADD, params)
        count = int(cursor.rowcount)
        cursor.execute(_LOOK_ANEW, params)
        return count + int(cursor.rowcount)


def hold_back(until: Mapping[str, datetime]) -> int:
    """Let every pending link to some sites wait; return how many began to wait, or longer.

    Args:
        until: by the beginning that all addresses of a site share.
    """
    if not until:
        return 0
    params: dict[str, Any] = {
        "org": current_org_id(),
        "sites": list(until),
        "until": list(until.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_BACK, params)
        return int(cursor.rowcount)
