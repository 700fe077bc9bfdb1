"""Pictures that need no request: their addresses were asked before, and said what they are."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ingestion.gather.ledger import ALREADY_HERE, TOO_SMALL
from ingestion.gather.wanted import Wanted
from media.sql import fetch_rows

_WITH_KEY: Final = """
SELECT DISTINCT ON (m.key) m.key, a.id
  FROM media_assetmedia m
  JOIN media_asset a ON a.org_id = m.org_id AND a.id = m.asset_id AND a.removed_at IS NULL
 WHERE m.org_id = %(org)s AND m.key = ANY(%(keys)s) AND m.blob_id IS NOT NULL
 ORDER BY m.key, a.id
"""
# What an earlier run passed over once it had come: no picture has its address. That of equal bytes
# counts as long as the picture is there that has them.
_PASSED_OVER: Final = """
SELECT DISTINCT ON (i.source_ref) i.source_ref, i.reason, i.asset_id
  FROM ingestion_runitem i
 WHERE i.org_id = %(org)s AND i.source_ref = ANY(%(keys)s)
   AND i.outcome = 'skipped' AND i.reason IN ('same_bytes', 'too_small')
   AND (i.reason = 'too_small' OR EXISTS (
     SELECT FROM media_assetmedia m
       JOIN media_asset a ON a.org_id = m.org_id AND a.id = m.asset_id AND a.removed_at IS NULL
      WHERE m.org_id = i.org_id AND m.asset_id = i.asset_id
        AND m.origin = 'source' AND m.blob_id IS NOT NULL))
 ORDER BY i.source_ref, i.id DESC
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a picture by its address.

    Attributes:
        reason: to pass it over, as of the records of runs.
        asset_id: the picture of the library; None where it was too small to become one.
    """

    reason: str
    asset_id: uuid.UUID | None


def known_by_address(org_id: uuid.UUID, wanted: Iterable[Wanted]) -> dict[str, uuid.UUID]:
    """Return, by key, the assets of pictures whose bytes the library holds."""
    keys = list({each.key for each in wanted})
    return dict(fetch_rows(_WITH_KEY, {"org": org_id, "keys": keys}))


def known_before(
    org_id: uuid.UUID, wanted: Iterable[Wanted], *, drops_small: bool
) -> dict[str, Known]:
    """Return, by key, what need not be asked for: it is here, or was passed over before.

    Args:
        drops_small: whether what is as small as an icon is passed over.
    """
    wanted = list(wanted)
    # What has no address costs no request.
    keys = list({each.key for each in wanted if each.url})
    rows = fetch_rows(_PASSED_OVER, {"org": org_id, "keys": keys}) if keys else []
    known = {
        key: Known(reason, asset_id if reason != TOO_SMALL else None)
        for key, reason, asset_id in rows
        if drops_small or reason != TOO_SMALL
    }
    here = known_by_address(org_id, wanted)
    return known | {key: Known(ALREADY_HERE, asset_id) for key, asset_id in here.items()}
