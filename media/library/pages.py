"""Pages of the library by key: each starts behind the last asset of the one before.

A page costs one look-up of words (only where there are words), one statement for its cards,
and, on the first page, one for the total, unless a rare word's cards bring it along: the number
never depends on the number of assets.
"""

import dataclasses

from media.library.cards import CARD_COLUMNS, COVER, Card, card_of
from media.library.conditions import MAX_EXACT, Conditions, conditions_of
from media.library.filters import LibraryFilter
from media.library.sorting import ORDERS, Cursor, Order, Sort
from media.library.words import Frequency, Words, look_up
from media.sql import Row, fetch_row, fetch_rows

# Full rows of two, three, four or six cards, and more than a large screen shows at once.
PAGE_SIZE = 48
# The most that one answer holds, when the way back asks for several pages at once.
MAX_PAGE = 600

__all__ = ["MAX_PAGE", "PAGE_SIZE", "Card", "LibraryPage", "Total", "page_of"]


@dataclasses.dataclass(frozen=True, slots=True)
class Total:
    """How many assets match; with words, at most 10,000 are counted exactly."""

    count: int
    is_exact: bool = True

    def __str__(self) -> str:
        """Return the figure as people read it: ``1,234`` or ``10,000+``."""
        return f"{self.count:,}" if self.is_exact else f"{MAX_EXACT:,}+"


@dataclasses.dataclass(frozen=True, slots=True)
class LibraryPage:
    """One page of cards.

    Attributes:
        next_cursor: where the next page begins; empty at the end.
        total: of the whole answer; None on every page but the first.
        sort: the order that was used, which differs from the wish where that is not possible.
    """

    items: list[Card]
    next_cursor: str
    total: Total | None
    sort: Sort


def page_of(
    asked: LibraryFilter,
    *,
    sort: Sort | None = None,
    cursor: str = "",
    until: str = "",
    count: int = PAGE_SIZE,
) -> LibraryPage:
    """Return a page of what matches ``asked`` in the organization in scope.

    Args:
        sort: the order wished for; None picks the one that suits the filter. With a cursor,
            the cursor's order stands.
        cursor: ``next_cursor`` of the page before; one that cannot be read starts over.
        until: cursor of a card; the page goes from the start to that card, as far as
            ``MAX_PAGE`` reaches, to find a place again.
        count: at most ``MAX_PAGE``.
    """
    words = look_up(asked.q) if asked.q else None
    here, last = Cursor.decode(cursor) if cursor else None, Cursor.decode(until) if until else None
    used = _usable(here.sort if here else last.sort if last else sort, asked, words)
    if here and here.sort != used:
        here = None
    if words and words.frequency is Frequency.NEVER:
        return LibraryPage([], "", Total(0), used)
    size = MAX_PAGE if last and last.sort == used else max(1, min(count, MAX_PAGE))
    conditions = conditions_of(asked)
    place = here or last
    rows = _read(conditions, words, used, place=place, is_start=place is last, size=size + 1)
    cards = [card_of(row, used) for row in rows[:size]]
    if len(rows) > size or (place is not None and place is last and cards):
        following = cards[-1].cursor.encode()
    else:
        following = ""
    if here:
        total = None
    elif _is_counted(words, place):
        total = _total(rows[0][-1] if rows else 0, words)
    else:
        total = total_of(asked, conditions, words)
    return LibraryPage(cards, following, total, used)


def default_sort(asked: LibraryFilter) -> Sort:
    """Return the order that suits a filter when people have not chosen one."""
    if asked.trash:
        return Sort.REMOVED
    if asked.q:
        return Sort.BEST
    return Sort.BOARD if asked.board else Sort.NEWEST


def _usable(wish: Sort | None, asked: LibraryFilter, words: Words | None) -> Sort:
    """Return ``wish`` where the filter allows it, else the nearest order that it does."""
    sort = wish or default_sort(asked)
    if asked.trash:
        return Sort.REMOVED
    if sort is Sort.BEST and (words is None or words.frequency is Frequency.COMMON):
        return Sort.NEWEST
    if (sort is Sort.BOARD and not asked.board) or sort is Sort.REMOVED:
        return Sort.NEWEST
    return sort


def _read(  # noqa: PLR0913  # the parts of one statement
    conditions: Conditions,
    words: Words | None,
    sort: Sort,
    *,
    place: Cursor | None,
    is_start: bool,
    size: int,
) -> list[Row]:
    order = ORDERS[sort]
    params = {**conditions.params, "size": size}
    where = conditions.sql
    if words is not None:
        params["query"] = words.query
    if place is not None and place.sort == sort:
        where += f" AND {order.through if is_start else order.behind}"
        params.update(at_value=place.value, at_id=place.asset_id)
    matching = "count(*) OVER ()" if _is_counted(words, place) else "NULL"
    statement = f"""
SELECT {CARD_COLUMNS}, p.place, p.matching FROM (
  SELECT a.id, {order.column} AS place, {matching} AS matching
    FROM {source_of(order, words)}
   WHERE {where}
   ORDER BY {order.by} LIMIT %(size)s) p
  JOIN media_asset a ON a.org_id = %(org)s AND a.id = p.id
  {COVER}
 ORDER BY {_outer(order)}"""  # noqa: S608  # of constants; what people sent is in params
    return fetch_rows(statement, params)


def _is_counted(words: Words | None, place: Cursor | None) -> bool:
    """Return whether reading the page looks at all that matches, so that it can count it."""
    return place is None and words is not None and words.frequency is Frequency.RARE


def source_of(order: Order, words: Words | None) -> str:
    """Return what follows FROM: the assets, and what words and order need beside them."""
    source = "media_asset a"
    if order is ORDERS[Sort.BOARD]:
        source += (
            " JOIN media_boarditem i ON i.org_id = %(org)s AND i.board_id = %(board)s"
            " AND i.asset_id = a.id AND i.is_member"
        )
    if words is None:
        return source
    if words.frequency is Frequency.RARE:
        source += (
            f" JOIN engine_search(%(query)s::tsquery, {words.found}) AS hit (id) ON hit.id = a.id"
        )
        if order is not ORDERS[Sort.BEST]:
            return source
    source += " JOIN media_searchdocument d ON d.org_id = %(org)s AND d.asset_id = a.id"
    if words.frequency is Frequency.COMMON:
        source += " AND d.document @@ %(query)s::tsquery"
    return source


def _outer(order: Order) -> str:
    direction = "DESC" if order.is_descending else "ASC"
    return f"p.place {direction}, p.id {direction}"


def total_of(asked: LibraryFilter, conditions: Conditions, words: Words | None) -> Total:
    """Return how many assets match; ``words`` are those of ``asked``, looked up."""
    narrowed = bool(conditions.facets) or len(conditions.base) > 2  # noqa: PLR2004  # org, trash
    is_common = words is not None and words.frequency is Frequency.COMMON
    if is_common and not narrowed and not asked.trash:
        return Total(MAX_EXACT, is_exact=False)
    params = dict(conditions.params)
    limit = ""
    if words is not None:
        params["query"] = words.query
        limit = f"LIMIT {MAX_EXACT + 1}"
    source = source_of(ORDERS[Sort.NEWEST], words)
    statement = (
        f"SELECT count(*) FROM (SELECT FROM {source} WHERE {conditions.sql} {limit}) matching"  # noqa: S608  # of constants; what people sent is in params
    )
    (count,) = fetch_row(statement, params)
    return _total(count, words)


def _total(count: int, words: Words | None) -> Total:
    if words is not None and count > MAX_EXACT:
        return Total(MAX_EXACT, is_exact=False)
    return Total(count)
