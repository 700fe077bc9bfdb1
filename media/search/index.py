"""Keeps the words of assets in step with what sources and people say."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from media.search.words import build_document, org_key
from tenants.scope import current_org_id

BATCH = 2_000

_READ = """
SELECT a.id, a.own_title, a.source_title, a.own_text, a.source_text, a.alt_text, a.creator,
       a.domain
  FROM media_asset a WHERE a.org_id = %s AND a.id = ANY(%s)
"""

# Apart from the assets: tables that grew in this very transaction have no statistics yet, and
# one lookup per asset can then become one scan per asset.
_READ_TAGS = """
SELECT at.asset_id, string_agg(t.name, ' ' ORDER BY t.name)
  FROM media_assettag at JOIN media_tag t ON t.org_id = at.org_id AND t.id = at.tag_id
 WHERE at.org_id = %s AND at.asset_id = ANY(%s) AND NOT at.is_rejected
 GROUP BY at.asset_id
"""

_READ_BOARDS = """
SELECT i.asset_id, string_agg(b.name, ' ' ORDER BY b.name)
  FROM media_boarditem i JOIN media_board b ON b.org_id = i.org_id AND b.id = i.board_id
 WHERE i.org_id = %s AND i.asset_id = ANY(%s) AND i.is_member AND b.removed_at IS NULL
 GROUP BY i.asset_id
"""

_WRITE = """
INSERT INTO media_searchdocument (asset_id, org_id, document)
SELECT asset_id, %s, document::tsvector
  FROM unnest(%s::uuid[], %s::text[]) AS fresh (asset_id, document)
ON CONFLICT (asset_id) DO UPDATE SET document = excluded.document
 WHERE media_searchdocument.document IS DISTINCT FROM excluded.document
"""


def document_of(  # noqa: PLR0913  # every text that an asset has
    key: str,
    *,
    titles: Iterable[str],
    texts: Iterable[str],
    alt_text: str,
    creator: str,
    domain: str,
    words: Iterable[str],
) -> str:
    """Return the tsvector text of one asset; titles weigh most, then tags and boards."""
    return build_document(
        key,
        [
            *(("A", title) for title in titles),
            *(("B", word) for word in words),
            *(("C", text) for text in texts),
            ("D", alt_text),
            ("D", creator),
            ("D", domain.replace(".", " ")),
        ],
    )


def reindex(asset_ids: Sequence[uuid.UUID]) -> None:
    """Build the words of ``asset_ids`` anew, in batches; unchanged documents stay untouched."""
    org_id = current_org_id()
    with connection.cursor() as cursor:
        for start in range(0, len(asset_ids), BATCH):
            chosen: list[Any] = [org_id, list(asset_ids[start : start + BATCH])]
            cursor.execute(_READ_TAGS, chosen)
            tags = dict(cursor.fetchall())
            cursor.execute(_READ_BOARDS, chosen)
            boards = dict(cursor.fetchall())
            cursor.execute(_READ, chosen)
            key = org_key(org_id)
            documents = {
                row[0]: document_of(
                    key,
                    titles=(row[1], row[2]),
                    texts=(row[3], row[4]),
                    alt_text=row[5],
                    creator=row[6],
                    domain=row[7],
                    words=(tags.get(row[0], ""), boards.get(row[0], "")),
                )
                for row in cursor.fetchall()
            }
            if documents:
                cursor.execute(_WRITE, [org_id, list(documents), list(documents.values())])
