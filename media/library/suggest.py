"""What a few typed letters may mean: boards, tags and domains that begin with them."""

import dataclasses
import uuid
from typing import Literal

from media.folding import fold_tag
from media.sql import fetch_rows
from tenants.scope import current_org_id

SuggestionKind = Literal["board", "tag", "domain"]
MAX_PER_KIND = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that the letters may mean.

    Attributes:
        id: of the board or tag; None for a domain, which is a word to search for.
    """

    kind: SuggestionKind
    id: uuid.UUID | None
    name: str


# Bounds instead of LIKE, whose function may not use an index under row-level security.
_SUGGEST = """
(SELECT 'board', id, name FROM media_board
  WHERE org_id = %(org)s AND removed_at IS NULL
    AND folded_name >= %(lower)s AND folded_name < %(lower_end)s
  ORDER BY folded_name, id LIMIT %(limit)s)
UNION ALL
(SELECT 'tag', id, name FROM media_tag
  WHERE org_id = %(org)s AND folded_name >= %(folded)s AND folded_name < %(folded_end)s
  ORDER BY folded_name, id LIMIT %(limit)s)
UNION ALL
(SELECT DISTINCT 'domain', NULL::uuid, domain FROM media_asset
  WHERE org_id = %(org)s AND removed_at IS NULL
    AND domain >= %(lower)s AND domain < %(lower_end)s
  ORDER BY domain LIMIT %(limit)s)
"""
_AFTER_ALL = "\U0010ffff"


def suggest(text: str) -> list[Suggestion]:
    """Return up to eight boards, tags and domains each that begin with ``text``."""
    lowered, folded = text.replace("\0", "").strip().lower()[:80], fold_tag(text.replace("\0", ""))
    if not lowered or not folded:
        return []
    params = {
        "org": current_org_id(),
        "lower": lowered,
        "lower_end": lowered + _AFTER_ALL,
        "folded": folded,
        "folded_end": folded + _AFTER_ALL,
        "limit": MAX_PER_KIND,
    }
    return [Suggestion(*row) for row in fetch_rows(_SUGGEST, params)]
