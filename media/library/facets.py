"""How many assets each chip would leave: exact, each kind of chip ignoring its own choice."""

import dataclasses
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from media.library.chips import label_of
from media.library.conditions import Conditions, conditions_of
from media.library.filters import LibraryFilter
from media.library.pages import source_of
from media.library.sorting import ORDERS, Sort
from media.library.words import Frequency, Words, look_up
from media.sql import fetch_rows

# Of boards and tags only the most frequent are listed; the rest is found by typing.
MAX_LISTED = 50

# Facets whose value stands in a column of the asset, in the order of the columns below.
_COLUMNS = {
    "source": "a.source",
    "color": "a.color_name",
    "media_status": "a.media_status",
    "picture": "CASE WHEN a.stored_count > 0 THEN 'with' ELSE 'without' END",
    "year": "extract(year FROM a.sorted_at AT TIME ZONE 'UTC')::int::text",
}
_JOINED = ("board", "tag")


@dataclasses.dataclass(frozen=True, slots=True)
class FacetValue:
    """One chip that can be put on, or is.

    Attributes:
        querystring: of the page with the chip put on, or taken off where it is on.
    """

    key: str
    value: str
    label: str
    count: int
    is_selected: bool
    querystring: str


@dataclasses.dataclass(frozen=True, slots=True)
class Facets:
    """The chips of each kind that would leave at least one asset, most frequent first."""

    sources: list[FacetValue]
    boards: list[FacetValue]
    tags: list[FacetValue]
    colors: list[FacetValue]
    pictures: list[FacetValue]
    media_statuses: list[FacetValue]
    years: list[FacetValue]
    has_more_boards: bool = False
    has_more_tags: bool = False


_Counts = list[tuple[str, int]]


def facet_counts(asked: LibraryFilter) -> Facets:
    """Return the chips under ``asked`` with exact counts, in three statements at most.

    With words a fourth looks them up.
    """
    words = look_up(asked.q) if asked.q else None
    if words and words.frequency is Frequency.NEVER:
        return Facets([], [], [], [], [], [], [])
    conditions = conditions_of(asked)
    base, flags = _base(conditions, words)
    params = dict(conditions.params)
    if words:
        params["query"] = words.query
    cube = fetch_rows(_cube(base, flags), params)
    by_column = {name: _sum(cube, flags, name) for name in _COLUMNS}
    boards = fetch_rows(_BOARDS.format(base=base, ok=_ok(flags, "board")), params)
    tags = fetch_rows(_TAGS.format(base=base, ok=_ok(flags, "tag")), params)
    values = _Values(asked)
    return Facets(
        sources=values.of("source", by_column["source"]),
        boards=values.named("board", boards[:MAX_LISTED]),
        tags=values.named("tag", tags[:MAX_LISTED]),
        colors=values.of("color", by_column["color"]),
        pictures=values.of("picture", by_column["picture"]),
        media_statuses=values.of("media_status", by_column["media_status"]),
        years=sorted(
            values.of("year", by_column["year"]), key=lambda year: int(year.value), reverse=True
        ),
        has_more_boards=len(boards) > MAX_LISTED,
        has_more_tags=len(tags) > MAX_LISTED,
    )


_BOARDS = f"""
SELECT n.board_id, b.name, n.size FROM (
  SELECT i.board_id, count(*) AS size
    FROM media_boarditem i JOIN ({{base}}) base ON base.id = i.asset_id
   WHERE i.org_id = %(org)s AND i.is_member AND {{ok}}
   GROUP BY i.board_id) n
  JOIN media_board b ON b.org_id = %(org)s AND b.id = n.board_id AND b.removed_at IS NULL
 ORDER BY n.size DESC, b.folded_name, b.id LIMIT {MAX_LISTED + 1}"""  # noqa: S608  # of constants

_TAGS = f"""
SELECT n.tag_id, t.name, n.size FROM (
  SELECT tag_id, count(*) AS size FROM (
    SELECT DISTINCT i.tag_id, i.asset_id
      FROM media_assettag i JOIN ({{base}}) base ON base.id = i.asset_id
     WHERE i.org_id = %(org)s AND NOT i.is_rejected AND {{ok}}) one
   GROUP BY tag_id) n
  JOIN media_tag t ON t.org_id = %(org)s AND t.id = n.tag_id
 ORDER BY n.size DESC, t.folded_name, t.id LIMIT {MAX_LISTED + 1}"""  # noqa: S608  # of constants


def _base(conditions: Conditions, words: Words | None) -> tuple[str, list[str]]:
    """Return the assets that any facet may count, and which facets are in use.

    Each facet in use becomes a column that says whether the asset meets it: all facets but
    its own must be met for an asset to be counted.
    """
    names = [name for name in (*_COLUMNS, *_JOINED) if name in conditions.facets]
    fixed = [sql for name, sql in conditions.facets.items() if name not in names]
    columns = [f"{column} AS {name}" for name, column in _COLUMNS.items()]
    columns += [f"({conditions.facets[name]}) AS meets_{name}" for name in names]
    where = " AND ".join([*conditions.base, *fixed])
    source = source_of(ORDERS[Sort.NEWEST], words)
    return f"SELECT a.id, {', '.join(columns)} FROM {source} WHERE {where}", names  # noqa: S608  # of constants


def _cube(base: str, flags: Sequence[str]) -> str:
    columns = ", ".join([*_COLUMNS, *(f"meets_{name}" for name in flags)])
    return f"SELECT {columns}, count(*) FROM ({base}) base GROUP BY {columns}"  # noqa: S608  # of constants


def _ok(flags: Iterable[str], own: str) -> str:
    return " AND ".join(f"meets_{name}" for name in flags if name != own) or "true"


def _sum(cube: Sequence[tuple[Any, ...]], flags: Sequence[str], name: str) -> _Counts:
    """Add up the cells that meet every facet but ``name`` itself."""
    at = list(_COLUMNS).index(name)
    first = len(_COLUMNS)
    others = [first + place for place, flag in enumerate(flags) if flag != name]
    sums: Counter[str] = Counter()
    for cell in cube:
        if all(cell[place] for place in others):
            sums[cell[at]] += cell[-1]
    return [(value, count) for value, count in sums.most_common() if value]


@dataclasses.dataclass(frozen=True, slots=True)
class _Values:
    """Turns counts into chips of one filter."""

    asked: LibraryFilter

    def of(self, key: str, counts: _Counts) -> list[FacetValue]:
        return [self._value(key, value, label_of(key, value, {}), n) for value, n in counts]

    def named(self, key: str, rows: Sequence[tuple[uuid.UUID, str, int]]) -> list[FacetValue]:
        return [self._value(key, str(pk), name, count) for pk, name, count in rows]

    def _value(self, key: str, value: str, label: str, count: int) -> FacetValue:
        is_selected = (key, value) in self.asked.pairs()
        change: Callable[[str, str], LibraryFilter] = (
            self.asked.without if is_selected else self.asked.with_value
        )
        return FacetValue(key, value, label, count, is_selected, change(key, value).querystring())
