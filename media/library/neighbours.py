"""The assets before and after one, in the order in which people look at them."""

import dataclasses
import uuid

from media.library.conditions import conditions_of
from media.library.filters import LibraryFilter
from media.library.pages import default_sort, source_of
from media.library.sorting import ORDERS, Sort
from media.library.words import Frequency, Words, look_up
from media.sql import fetch_row


@dataclasses.dataclass(frozen=True, slots=True)
class Neighbours:
    """Keys of the assets beside one; None at either end, and both where it does not match."""

    previous_id: uuid.UUID | None = None
    next_id: uuid.UUID | None = None


def neighbours_of(
    asset_id: uuid.UUID, asked: LibraryFilter, sort: Sort | None = None
) -> Neighbours:
    """Return what stands beside an asset among all that match ``asked``."""
    words = look_up(asked.q) if asked.q else None
    if words and words.frequency is Frequency.NEVER:
        return Neighbours()
    order = ORDERS[_possible(sort or default_sort(asked), asked, words)]
    conditions = conditions_of(asked)
    params = {**conditions.params, "asset": asset_id}
    if words is not None:
        params["query"] = words.query
    source = f"{source_of(order, words)} WHERE {conditions.sql}"
    here = f"({order.column}, a.id)"
    ahead, behind = ("<", ">") if order.is_descending else (">", "<")
    forward, backward = ("DESC", "ASC") if order.is_descending else ("ASC", "DESC")
    statement = f"""
WITH here AS MATERIALIZED (SELECT {order.column} AS place FROM {source} AND a.id = %(asset)s)
SELECT (SELECT a.id FROM {source} AND {here} {behind} ((SELECT place FROM here), %(asset)s)
         ORDER BY {order.column} {backward}, a.id {backward} LIMIT 1),
       (SELECT a.id FROM {source} AND {here} {ahead} ((SELECT place FROM here), %(asset)s)
         ORDER BY {order.column} {forward}, a.id {forward} LIMIT 1)"""  # noqa: S608  # of constants; what people sent is in params
    return Neighbours(*fetch_row(statement, params))


def _possible(sort: Sort, asked: LibraryFilter, words: Words | None) -> Sort:
    """Return ``sort`` where the filter allows it, as ``page_of`` does."""
    if asked.trash:
        return Sort.REMOVED
    impossible = (
        sort is Sort.REMOVED
        or (sort is Sort.BOARD and not asked.board)
        or (sort is Sort.BEST and (words is None or words.frequency is Frequency.COMMON))
    )
    return Sort.NEWEST if impossible else sort
