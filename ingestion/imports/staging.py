"""Temporary tables that a page is copied into before one set-based merge.

COPY into a table with row-level security is refused, so rows go through these. They live
as long as the connection and are emptied by each commit.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

_TABLES = {
    "incoming_asset": """
        id uuid, is_new boolean, source text, source_ref text, source_title text,
        source_text text, alt_text text, link_url text, source_url text, domain text,
        creator text, kind text, media_status text, saved_at timestamptz,
        source_created_at timestamptz, is_removed_at_source boolean, is_secret boolean,
        content_hash bytea, dominant_color text, color_name text, picture_count smallint,
        document tsvector""",
    "incoming_origin": "id uuid, asset_id uuid, raw jsonb",
    "incoming_media": """
        id uuid, stage_id uuid, asset_id uuid, position smallint, key text, url text,
        fallbacks text[], width_px integer, height_px integer, alt_text text, kind text,
        video_url text, duration_ms integer""",
    "incoming_board_item": """
        id uuid, board_id uuid, asset_id uuid, section text, position integer""",
    "incoming_tag": "id uuid, tag_id uuid, asset_id uuid",
}

# For the second page of one transaction; nearly free for the first, which finds them empty.
_EMPTY = "".join(f"DELETE FROM {name};" for name in _TABLES)  # our own names

_CREATE = "".join(
    f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DELETE ROWS;"
    for name, columns in _TABLES.items()
)


def prepare(cursor: CursorWrapper) -> None:
    """Make the tables on this connection, unless it has them, and see that they are empty."""
    cursor.execute("SELECT to_regclass('pg_temp.incoming_asset')")
    cursor.execute(_CREATE if cursor.fetchone()[0] is None else _EMPTY)


def copy_rows(cursor: CursorWrapper, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Append ``rows`` to a staging table; their order of columns is the table's.

    Raises:
        DatabaseError: a value is not of its column's type.
    """
    with connection.wrap_database_errors, cursor.cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
