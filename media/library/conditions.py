"""A filter as SQL over ``media_asset a``; every statement of the library is made of these.

The text is ours alone; what people sent travels as parameters. Each condition repeats the
organization, which row-level security demands anyway: it gives the planner a constant.
"""

import dataclasses
import datetime as dt
from typing import Any

from media.library.extras import extras
from media.library.filters import LibraryFilter
from tenants.scope import current_org_id

# A number of matching assets is exact up to here.
MAX_EXACT = 10_000

_ON_BOARD = """EXISTS (
  SELECT 1 FROM media_boarditem i
   WHERE i.org_id = %(org)s AND i.board_id = %(board)s AND i.asset_id = a.id AND i.is_member
     AND EXISTS (SELECT 1 FROM media_board b
                  WHERE b.org_id = %(org)s AND b.id = %(board)s AND b.removed_at IS NULL))"""

_HAS_TAG = """EXISTS (
  SELECT 1 FROM media_assettag t
   WHERE t.org_id = %(org)s AND t.asset_id = a.id AND t.tag_id = %({name})s
     AND NOT t.is_rejected)"""

_HAS_LINK = """EXISTS (
  SELECT 1 FROM media_linkpreview l
   WHERE l.org_id = %(org)s AND l.asset_id = a.id AND l.health = %(link)s)"""


@dataclasses.dataclass(frozen=True, slots=True)
class Conditions:
    """What a filter asks, apart for each facet, so that a facet can leave its own part out.

    Attributes:
        base: conditions that every count keeps.
        facets: condition by name of the facet, only of those that are in use.
        params: of all of them.
    """

    base: tuple[str, ...]
    facets: dict[str, str]
    params: dict[str, Any]

    @property
    def sql(self) -> str:
        """Return all of it for WHERE."""
        return " AND ".join([*self.base, *self.facets.values()])


def conditions_of(asked: LibraryFilter) -> Conditions:
    """Return ``asked`` in SQL, all but its words."""
    params: dict[str, Any] = {"org": current_org_id()}
    base = ["a.org_id = %(org)s", f"a.removed_at IS {'NOT ' if asked.trash else ''}NULL"]
    facets: dict[str, str] = {}
    for name, column, value in (
        ("source", "a.source", asked.source),
        ("media_status", "a.media_status", asked.media_status),
        ("kind", "a.kind", asked.kind),
    ):
        if value:
            facets[name] = f"{column} = %({name})s"
            params[name] = value
    if asked.board:
        facets["board"] = _ON_BOARD
        params["board"] = asked.board_id
    if asked.tags:
        names = {f"tag{at}": tag_id for at, tag_id in enumerate(asked.tag_ids)}
        facets["tag"] = " AND ".join(_HAS_TAG.format(name=name) for name in names)
        params.update(names)
    if asked.link:
        facets["link"] = _HAS_LINK
        params["link"] = asked.link
    if asked.colors:
        facets["color"] = "a.color_name = ANY(%(colors)s)"
        params["colors"] = list(asked.colors)
    if asked.picture:
        facets["picture"] = f"a.stored_count {'>' if asked.picture == 'with' else '='} 0"
    if asked.year:
        facets["year"] = "a.sorted_at >= %(year_from)s AND a.sorted_at < %(year_to)s"
        params["year_from"], params["year_to"] = _year(asked.year)
    facets |= _extra(asked, params)
    base += _days(asked, params)
    return Conditions(tuple(base), facets, params)


def _extra(asked: LibraryFilter, params: dict[str, Any]) -> dict[str, str]:
    """Return the conditions of filters that other apps bring, by facet."""
    facets = {}
    for each in extras():
        if values := asked.extra_values(each.key):
            facets[each.key], found = each.condition(values)
            params.update(found)
    return facets


def _days(asked: LibraryFilter, params: dict[str, Any]) -> list[str]:
    found = []
    if asked.since:
        found.append("a.sorted_at >= %(since)s")
        params["since"] = _midnight(asked.since)
    if asked.until:
        # Added to the moment, not to the day: 31 December 9999 has no next day.
        found.append("a.sorted_at < %(until)s::timestamptz + interval '1 day'")
        params["until"] = _midnight(asked.until)
    return found


def _year(text: str) -> tuple[dt.datetime, dt.datetime]:
    """Return the bounds of a year; of what is none, bounds that hold nothing."""
    year = int(text) if text.isascii() and text.isdecimal() else 0
    if not dt.MINYEAR <= year < dt.MAXYEAR:
        never = _midnight(dt.date.min)
        return never, never
    return _midnight(dt.date(year, 1, 1)), _midnight(dt.date(year + 1, 1, 1))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
