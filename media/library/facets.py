"""How many assets each chip would leave, exactly; a kind of chip ignores its own choice.

One statement reads the organization's assets once, narrowed to what can matter, and counts
them by all columns together, and by the boards and tags that stand beside their words. What a
facet asks for is a column of these rows rather than a condition on them, since each kind of
chip leaves out its own.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from media.library.chips import label_of
from media.library.conditions import Conditions, conditions_of
from media.library.extras import ExtraFilter, extras
from media.library.filters import LibraryFilter
from media.library.pages import source_of
from media.library.sorting import ORDERS, Sort
from media.library.words import Frequency, Words, look_up
from media.sql import Row, fetch_rows

# Of boards and tags only the most frequent are listed; the rest is found by typing.
MAX_LISTED = 50

# Facets whose value stands in the asset's ``facet_cell``, in its order.
_COLUMNS = ("source", "color", "media_status", "picture", "year")
_LABELS = ("board", "tag")


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
class ExtraFacet:
    """The chips of a filter that another app brings."""

    label: str
    hint: str
    values: list[FacetValue]
    has_more: bool


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
    extras: list[ExtraFacet] = dataclasses.field(default_factory=list)


_Counts = list[tuple[str, int]]

# The whole library: no join; the few assets in the trash are counted and taken off.
_ALL_LABELS = """
SELECT board_id AS label, count(*) AS size FROM media_boarditem
 WHERE org_id = %(org)s AND is_member GROUP BY board_id
UNION ALL
SELECT tag_id, count(DISTINCT asset_id) FROM media_assettag
 WHERE org_id = %(org)s AND NOT is_rejected GROUP BY tag_id
UNION ALL
SELECT i.board_id, -count(*) FROM media_asset a
  JOIN media_boarditem i ON i.org_id = %(org)s AND i.asset_id = a.id AND i.is_member
 WHERE a.org_id = %(org)s AND a.removed_at IS NOT NULL GROUP BY i.board_id
UNION ALL
SELECT t.tag_id, -count(DISTINCT t.asset_id) FROM media_asset a
  JOIN media_assettag t ON t.org_id = %(org)s AND t.asset_id = a.id AND NOT t.is_rejected
 WHERE a.org_id = %(org)s AND a.removed_at IS NOT NULL GROUP BY t.tag_id"""

_NAMED = f"""
(SELECT 'board', b.id, b.name, l.size FROM labels l
   JOIN media_board b ON b.org_id = %(org)s AND b.id = l.label AND b.removed_at IS NULL
  WHERE l.size > 0 ORDER BY l.size DESC, b.folded_name, b.id LIMIT {MAX_LISTED + 1})
UNION ALL
(SELECT 'tag', t.id, t.name, l.size FROM labels l
   JOIN media_tag t ON t.org_id = %(org)s AND t.id = l.label
  WHERE l.size > 0 ORDER BY l.size DESC, t.folded_name, t.id LIMIT {MAX_LISTED + 1})"""  # noqa: S608  # of constants


def facet_counts(asked: LibraryFilter) -> Facets:
    """Return the chips under ``asked`` with exact counts.

    Takes one statement, or two without a filter, one more to look up words, and for the filters
    that other apps bring one to ask whether there are any, and one for each.
    """
    words = look_up(asked.q) if asked.q else None
    if words and words.frequency is Frequency.NEVER:
        return Facets([], [], [], [], [], [], [])
    conditions = conditions_of(asked)
    params = {**conditions.params, "query": words.query if words else None}
    if asked.is_empty and not asked.trash:
        base, flags = _base(conditions, "media_asset a")
        cells = fetch_rows(_cube(f"({base}) base", flags), params)
        labels = fetch_rows(_labels(_ALL_LABELS), params)
    else:
        base, flags = _labelled_base(conditions, words)
        rows = fetch_rows(_statement(base, flags), params)
        cells = [row[:-4] for row in rows if row[-4] is None]
        labels = [row[-4:] for row in rows if row[-4] is not None]
    found = _facets(asked, cells, flags, labels)
    return dataclasses.replace(found, extras=list(_extras(asked, conditions, words, params)))


def _labelled_base(conditions: Conditions, words: Words | None) -> tuple[str, list[str]]:
    """Return what ``_base`` does, of the assets that have ``words``, with boards and tags."""
    also = []
    if words and words.frequency is Frequency.COMMON:
        # The planner takes @@ for rare; of what COALESCE says it expects half of the rows.
        also.append("COALESCE(d.document @@ %(query)s::tsquery, false)")
        words = None
    source = source_of(ORDERS[Sort.NEWEST], words)
    source += " JOIN media_searchdocument d ON d.org_id = %(org)s AND d.asset_id = a.id"
    return _base(conditions, source, columns=["d.board_ids", "d.tag_ids"], also=also)


def _base(
    conditions: Conditions, source: str, *, columns: Sequence[str] = (), also: Sequence[str] = ()
) -> tuple[str, list[str]]:
    """Return the assets that any facet may count, and the columns that say what they meet."""
    names = [name for name in (*_COLUMNS, *_LABELS) if name in conditions.facets]
    fixed = [sql for name, sql in conditions.facets.items() if name not in names]
    wanted = ["a.facet_cell"]
    wanted += [f"({conditions.facets[name]}) AS meets_{name}" for name in names]
    where = " AND ".join([*conditions.base, *fixed, *also])
    statement = f"SELECT {', '.join([*wanted, *columns])} FROM {source} WHERE {where}"  # noqa: S608  # of constants
    return statement, names


def _statement(base: str, flags: Sequence[str]) -> str:
    """Return the statement whose rows are cells of the cube and then labels."""
    # In the select list, unnest takes half the time that it takes after FROM.
    labels = " UNION ALL ".join(
        f"SELECT label, count(*) AS size FROM (SELECT unnest({name}_ids) AS label FROM base"  # noqa: S608  # of constants
        f" WHERE {_meets(flags, name)}) each GROUP BY label"
        for name in _LABELS
    )
    none = ", ".join("NULL" for _ in ("cell", *flags, "count"))
    return f"""
WITH base AS MATERIALIZED ({base}), labels AS MATERIALIZED ({labels})
SELECT cell.*, NULL, NULL::uuid, NULL, NULL::bigint FROM ({_cube("base", flags)}) cell
UNION ALL
SELECT {none}, named.* FROM ({_NAMED}) named (kind, id, name, size)"""  # noqa: S608  # of constants


def _cube(base: str, flags: Sequence[str]) -> str:
    columns = ", ".join(["facet_cell", *(f"meets_{name}" for name in flags)])
    return f"SELECT {columns}, count(*) FROM {base} GROUP BY {columns}"  # noqa: S608  # of constants


def _labels(counts: str) -> str:
    return f"""
WITH labels AS MATERIALIZED (
  SELECT label, sum(size)::bigint AS size FROM ({counts}) counted GROUP BY label) {_NAMED}"""  # noqa: S608  # of constants


def _meets(flags: Iterable[str], own: str) -> str:
    """Return what an asset must meet to be counted for the chips of facet ``own``.

    A second tag narrows what the first one left; any other choice takes the place of the one
    before (or, for colours, adds to it), so it is left out.
    """
    own = "" if own == "tag" else own
    return " AND ".join(f"meets_{name}" for name in flags if name != own) or "true"


def _facets(
    asked: LibraryFilter, cells: Sequence[Row], flags: Sequence[str], labels: Sequence[Row]
) -> Facets:
    values = _Values(asked)
    boards = [row for row in labels if row[0] == "board"]
    tags = [row for row in labels if row[0] == "tag"]
    by_column = {name: values.of(name, _sum(cells, flags, name)) for name in _COLUMNS}
    return Facets(
        sources=by_column["source"],
        boards=values.named(boards[:MAX_LISTED]),
        tags=values.named(tags[:MAX_LISTED]),
        colors=by_column["color"],
        pictures=by_column["picture"],
        media_statuses=by_column["media_status"],
        years=sorted(by_column["year"], key=lambda year: int(year.value), reverse=True),
        has_more_boards=len(boards) > MAX_LISTED,
        has_more_tags=len(tags) > MAX_LISTED,
    )


def _extras(
    asked: LibraryFilter, conditions: Conditions, words: Words | None, params: dict[str, Any]
) -> Iterator[ExtraFacet]:
    values = _Values(asked)
    is_on: dict[Callable[[], bool], bool] = {}
    for each in extras():
        if each.is_on not in is_on:
            is_on[each.is_on] = each.is_on()
        if not is_on[each.is_on]:
            continue
        rows = fetch_rows(each.counts(_matching(each, conditions, words)), params)
        listed = [values.of_extra(each.key, *row) for row in rows[:MAX_LISTED]]
        yield ExtraFacet(each.label, each.hint, listed, has_more=len(rows) > MAX_LISTED)


def _matching(each: ExtraFilter, conditions: Conditions, words: Words | None) -> str:
    """Return the statement for the assets that meet all but, maybe, the filter's own choice."""
    others = [
        sql for name, sql in conditions.facets.items() if name != each.key or each.takes_several
    ]
    where = " AND ".join([*conditions.base, *others])
    return f"SELECT a.id FROM {source_of(ORDERS[Sort.NEWEST], words)} WHERE {where}"  # noqa: S608  # of constants


def _sum(cells: Sequence[Row], flags: Sequence[str], name: str) -> _Counts:
    """Add up the cells that meet everything asked but ``name`` itself."""
    at = _COLUMNS.index(name)
    others = [place for place, flag in enumerate(flags, start=1) if flag != name]
    sums: Counter[str] = Counter()
    for cell in cells:
        if all(cell[place] for place in others):
            sums[cell[0].split("|")[at]] += cell[-1]
    return [(value, count) for value, count in sums.most_common() if value]


@dataclasses.dataclass(frozen=True, slots=True)
class _Values:
    """Turns counts into chips of one filter."""

    asked: LibraryFilter

    def of(self, key: str, counts: _Counts) -> list[FacetValue]:
        return [self._value(key, value, label_of(key, value, {}), n) for value, n in counts]

    def named(self, rows: Sequence[Row]) -> list[FacetValue]:
        return [self._value(key, str(pk), name, count) for key, pk, name, count in rows]

    def of_extra(self, key: str, value: str, label: str, count: int) -> FacetValue:
        return self._value(key, value, label, count)

    def _value(self, key: str, value: str, label: str, count: int) -> FacetValue:
        is_selected = (key, value) in self.asked.pairs()
        changed = (
            self.asked.without(key, value) if is_selected else self.asked.with_value(key, value)
        )
        return FacetValue(key, value, label, count, is_selected, changed.querystring())
