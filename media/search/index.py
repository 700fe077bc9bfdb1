"""Keeps the words and labels of assets in step with what sources and people say."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from media.search.words import build_document, org_key
from tenants.scope import current_org_id

BATCH = 2_000

_READ = """
SELECT a.id, a.own_title, a.source_title, l.title, a.own_text, a.source_text, l.description,
       a.alt_text, a.creator, a.domain, l.site_name
  FROM media_asset a
  LEFT JOIN media_linkpreview l ON l.org_id = a.org_id AND l.asset_id = a.id
 WHERE a.org_id = %s AND a.id = ANY(%s)
"""

# Apart from the assets: tables that grew in this very transaction have no statistics yet, and
# one lookup per asset can then become one scan per asset.
_READ_TAGS = """
SELECT at.asset_id, string_agg(t.name, ' ' ORDER BY t.name), array_agg(DISTINCT t.id)::text
  FROM media_assettag at JOIN media_tag t ON t.org_id = at.org_id AND t.id = at.tag_id
 WHERE at.org_id = %s AND at.asset_id = ANY(%s) AND NOT at.is_rejected
 GROUP BY at.asset_id
"""

_READ_BOARDS = """
SELECT i.asset_id, string_agg(b.name, ' ' ORDER BY b.name), array_agg(b.id ORDER BY b.id)::text
  FROM media_boarditem i JOIN media_board b ON b.org_id = i.org_id AND b.id = i.board_id
 WHERE i.org_id = %s AND i.asset_id = ANY(%s) AND i.is_member AND b.removed_at IS NULL
 GROUP BY i.asset_id
"""

_WRITE = """
INSERT INTO media_searchdocument AS known (asset_id, org_id, document, board_ids, tag_ids)
SELECT asset_id, %s, document::tsvector, board_ids::uuid[], tag_ids::uuid[]
  FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[])
       AS fresh (asset_id, document, board_ids, tag_ids)
ON CONFLICT (asset_id) DO UPDATE
   SET document = excluded.document, board_ids = excluded.board_ids, tag_ids = excluded.tag_ids
 WHERE (known.document, known.board_ids, known.tag_ids)
    IS DISTINCT FROM (excluded.document, excluded.board_ids, excluded.tag_ids)
"""

# Names in one text, and keys as an array's text.
_NO_LABELS = ("", "{}")


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
    """Build words and labels of ``asset_ids`` anew, in batches; equal rows stay untouched."""
    org_id = current_org_id()
    with connection.cursor() as cursor:
        for start in range(0, len(asset_ids), BATCH):
            rows = _fresh_rows(cursor, org_id, list(asset_ids[start : start + BATCH]))
            if rows:
                cursor.execute(_WRITE, [org_id, *map(list, zip(*rows, strict=True))])


def _fresh_rows(
    cursor: CursorWrapper, org_id: uuid.UUID, asset_ids: list[uuid.UUID]
) -> list[tuple[uuid.UUID, str, str, str]]:
    """Return asset, document, boards and tags, the last three as text."""
    chosen: list[Any] = [org_id, asset_ids]
    cursor.execute(_READ_TAGS, chosen)
    tags = {row[0]: row[1:] for row in cursor.fetchall()}
    cursor.execute(_READ_BOARDS, chosen)
    boards = {row[0]: row[1:] for row in cursor.fetchall()}
    cursor.execute(_READ, chosen)
    key = org_key(org_id)
    rows = []
    for asset_id, *texts in cursor.fetchall():
        tag_names, tag_ids = tags.get(asset_id, _NO_LABELS)
        board_names, board_ids = boards.get(asset_id, _NO_LABELS)
        document = document_of(
            key,
            titles=texts[0:2],
            # What the linked page says of itself counts less than what a source or people say.
            texts=(texts[2] or "", *texts[3:5], texts[5] or ""),
            alt_text=texts[6],
            creator=texts[7],
            domain=f"{texts[8]} {texts[9] or ''}",
            words=(tag_names, board_names),
        )
        rows.append((asset_id, document, board_ids, tag_ids))
    return rows
