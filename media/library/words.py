"""The words of a filter: which assets have them, by the way that is fastest for them.

Row-level security keeps ``@@`` from using its index, so a function of the engine's role
answers with keys. A rare word is found by these keys; a common one is tested row by row on
the way through an ordered index, which ends as soon as a page is full.
"""

import dataclasses
import enum

from media.library.conditions import MAX_EXACT
from media.search.words import build_query, org_key
from media.sql import fetch_row
from tenants.scope import current_org_id


class Frequency(enum.Enum):
    """How often the words occur."""

    NEVER = "never"
    RARE = "rare"
    COMMON = "common"


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """The words asked for.

    Attributes:
        query: text form of a tsquery.
        found: assets of the organization that match, trash included; for a common word just
            the bound at which counting ended.
    """

    query: str
    frequency: Frequency
    found: int


# The trash is counted in so that more matches than this plus the trash are enough to know
# that more than MAX_EXACT of them are present.
_PROBE = """
WITH trash AS MATERIALIZED (
  SELECT count(*)::integer AS size FROM media_asset
   WHERE org_id = %(org)s AND removed_at IS NOT NULL)
SELECT (SELECT count(*) FROM engine_search(%(query)s::tsquery, %(limit)s + 1 + size)),
       size FROM trash
"""


def look_up(text: str) -> Words:
    """Return what the index knows of ``text``, which holds something."""
    org = current_org_id()
    query = build_query(org_key(org), text)
    if not query:
        return Words("", Frequency.NEVER, 0)
    found, trash = fetch_row(_PROBE, {"org": org, "query": query, "limit": MAX_EXACT})
    if not found:
        return Words(query, Frequency.NEVER, 0)
    is_common = found > MAX_EXACT + trash
    return Words(query, Frequency.COMMON if is_common else Frequency.RARE, found)
