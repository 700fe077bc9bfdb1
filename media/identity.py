"""What assets are called at their source: set right for many at once, and made one where it is one.

Two assets whose references turn out to mean the same thing are merged (see ``media.merging``);
the caller keeps imports from writing meanwhile.
"""

import dataclasses
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from django.db import connection

from media.merging import Merge, merge_planned, prepare_merges
from media.sql import fetch_rows, run
from tenants.scope import current_org_id


class Renaming(NamedTuple):
    """What an asset is called, what it is to be called, and its address at the source then."""

    asset_id: uuid.UUID
    old_ref: str
    ref: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Renamed:
    """What became of renamings.

    Attributes:
        count: assets that have their new name.
        merges: assets that are gone, each with the one that has all that was theirs.
    """

    count: int
    merges: tuple[Merge, ...]


# What COPY takes for the end of a value, or for the start of an escape.
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

_TABLE: Final = """
CREATE TEMPORARY TABLE renaming (asset_id uuid, old_ref text, ref text, url text)
 ON COMMIT DELETE ROWS
"""

# Texts in an array: one probe of the index each, whatever the planner believes of the sizes. They
# come as one text, since the driver looks at each element of a list.
_SEPARATOR: Final = "\x1f"
_REFS: Final = "string_to_array(%(refs)s, E'\\x1f')"
_TAKEN: Final = f"""
SELECT source_ref FROM media_asset
 WHERE org_id = %(org)s AND source = %(source)s AND source_ref = ANY({_REFS})
"""  # noqa: S608  # of constants

# Who has the wanted name already comes first, then what is not in the trash, then the oldest.
_PLAN: Final = """
INSERT INTO merging (part, survivor)
WITH claimant AS (
  SELECT r.ref, a.id, false AS is_named, a.removed_at
    FROM renaming r
    JOIN media_asset a ON a.org_id = %(org)s AND a.id = r.asset_id AND a.source_ref = r.old_ref
   WHERE r.ref = ANY(%(contested)s)
   UNION ALL
  SELECT a.source_ref, a.id, true, a.removed_at
    FROM media_asset a
   WHERE a.org_id = %(org)s AND a.source = %(source)s AND a.source_ref = ANY(%(contested)s)),
ranked AS (
  SELECT id, count(*) OVER (PARTITION BY ref) AS size, first_value(id) OVER (
           PARTITION BY ref ORDER BY is_named DESC, removed_at IS NULL DESC, id) AS survivor
    FROM claimant)
SELECT id, survivor FROM ranked WHERE size > 1
"""

# The bounds let the planner walk the same stretch of keys, whatever it believes of the sizes.
# ``saved_at`` stays as it is: of a statement that writes nothing from which a column is generated,
# PostgreSQL prepares those expressions anew for each row, which takes half of all the time.
_RENAME: Final = """
UPDATE media_asset a
   SET source_ref = r.ref, source_url = r.url, saved_at = a.saved_at, updated_at = now()
  FROM renaming r
 WHERE a.org_id = %(org)s AND a.id = r.asset_id AND a.source_ref = r.old_ref
   AND a.id BETWEEN %(first)s AND %(last)s
"""

# What is in the library was not removed, whatever a double of it was.
_FORGET_TOMBSTONES: Final = f"""
DELETE FROM media_tombstone t
 WHERE t.org_id = %(org)s AND t.source = %(source)s AND t.source_ref = ANY({_REFS})
   AND EXISTS (SELECT FROM media_asset a
                WHERE a.org_id = %(org)s AND a.source = t.source AND a.source_ref = t.source_ref)
"""  # noqa: S608  # of constants


def rename(source: str, renamings: Sequence[Renaming]) -> Renamed:
    """Give assets of ``source`` their names, in the organization in scope; merge doubles.

    An asset that has another name by now is left alone.
    """
    if not renamings:
        return Renamed(0, ())
    org_id = current_org_id()
    ids = [each.asset_id for each in renamings]
    wanted = Counter(each.ref for each in renamings)
    scope = {"org": org_id, "source": source, "refs": _SEPARATOR.join(wanted)}
    _stage(renamings)
    contested = {ref for ref, count in wanted.items() if count > 1}
    contested |= {ref for (ref,) in fetch_rows(_TAKEN, scope)}
    merges: tuple[Merge, ...] = ()
    if contested:
        prepare_merges()
        run(_PLAN, {**scope, "contested": list(contested)})
        merges = merge_planned(org_id)
    count = run(_RENAME, {**scope, "first": min(ids), "last": max(ids)})
    run(_FORGET_TOMBSTONES, scope)
    return Renamed(count, merges)


def _stage(renamings: Sequence[Renaming]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.renaming')")
        cursor.execute(_TABLE if cursor.fetchone()[0] is None else "DELETE FROM renaming")
        with (
            connection.wrap_database_errors,
            cursor.cursor.copy("COPY renaming FROM STDIN") as copy,
        ):
            # As one text: a row at a time costs more than all that is done with it.
            copy.write("".join(map(_line_of, renamings)))
        cursor.execute("ANALYZE renaming")


def _line_of(renaming: Renaming) -> str:
    old_ref = renaming.old_ref
    # Almost none has any of these; to look costs a tenth of what translating does.
    if not old_ref.isprintable() or "\\" in old_ref:
        old_ref = old_ref.translate(_ESCAPES)
    return f"{renaming.asset_id.hex}\t{old_ref}\t{renaming.ref}\t{renaming.url}\n"


_ODD_TOMBSTONES: Final = """
SELECT id, source_ref FROM media_tombstone
 WHERE org_id = %(org)s AND source = %(source)s AND source_ref !~ %(known)s
 ORDER BY source_ref LIMIT %(most)s
"""

_RENAME_TOMBSTONES: Final = """
UPDATE media_tombstone t SET source_ref = r.ref
  FROM (SELECT DISTINCT ON (ref) id, ref
          FROM unnest(%(ids)s::uuid[], %(refs)s::text[]) AS r (id, ref) ORDER BY ref, id) r
 WHERE t.org_id = %(org)s AND t.id = r.id
   AND NOT EXISTS (SELECT FROM media_tombstone x
                    WHERE x.org_id = %(org)s AND x.source = t.source AND x.source_ref = r.ref)
   AND NOT EXISTS (SELECT FROM media_asset a
                    WHERE a.org_id = %(org)s AND a.source = t.source AND a.source_ref = r.ref)
"""


def odd_tombstones(source: str, *, known: str, most: int) -> list[tuple[uuid.UUID, str]]:
    """Return some tombstones whose reference does not look like ``known``, a regular expression."""
    params = {"org": current_org_id(), "source": source, "known": known, "most": most}
    return [(key, ref) for key, ref in fetch_rows(_ODD_TOMBSTONES, params)]


def rename_tombstones(refs: Sequence[tuple[uuid.UUID, str]]) -> int:
    """Give tombstones their names; one of what is remembered or here already goes.

    Returns:
        How many there were.
    """
    if not refs:
        return 0
    ids = [key for key, _ in refs]
    scope = {"org": current_org_id(), "ids": ids}
    run(_RENAME_TOMBSTONES, {**scope, "refs": [ref for _, ref in refs]})
    # What still has its old name had no room under the new one.
    gone = (
        "DELETE FROM media_tombstone t USING unnest(%(ids)s::uuid[], %(refs)s::text[]) r (id, ref)"
        " WHERE t.org_id = %(org)s AND t.id = r.id AND t.source_ref <> r.ref"
    )
    run(gone, {**scope, "refs": [ref for _, ref in refs]})
    return len(refs)
