"""Pictures that wait because their site asked us to."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from tenants.scope import current_org_id

_HOLD_BACK = """
UPDATE media_stagestate s
   SET due_at = h.until, error_code = 'rate_limited', updated_at = now()
  FROM unnest(%(sites)s::text[], %(until)s::timestamptz[]) AS h (site, until)
  JOIN media_assetmedia m ON m.org_id = %(org)s AND starts_with(m.url, h.site)
 WHERE s.org_id = %(org)s AND s.media_id = m.id AND s.stage = 'fetch'
   AND s.status = 'pending' AND s.due_at < h.until
"""


def hold_back(until: Mapping[str, datetime]) -> int:
    """Let every pending picture of some sites wait; return how many began to wait, or longer.

    Works in the organization in scope.

    Args:
        until: by the beginning that all addresses of a site share.
    """
    if not until:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD_BACK,
            {
                "org": current_org_id(),
                "sites": list(until),
                "until": list(until.values()),
            },
        )
        return int(cursor.rowcount)
