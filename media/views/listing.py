"""What the pages with a wall of cards share: the library, a board, the trash."""

import dataclasses
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from media.library import Chip, LibraryFilter, Sort, chips_of, page_of
from media.library.extras import take_typed
from media.library.pages import PAGE_SIZE, default_sort
from tenants.middleware import OrgRequest
from tenants.permissions import Permission

# A zero result looks for a filter to take off among so many.
MAX_TRIED = 5
YEAR_DIGITS = 4
ALWAYS_POSSIBLE = (Sort.NEWEST, Sort.OLDEST, Sort.IMPORTED, Sort.TITLE)


@dataclasses.dataclass(frozen=True, slots=True)
class SortLink:
    """One order to choose."""

    label: str
    querystring: str
    is_current: bool


@dataclasses.dataclass(frozen=True, slots=True)
class DateForm:
    """The days to choose from and to.

    Attributes:
        since, until: as a field of dates takes them; of a chosen year, its first and last day.
        kept: all other parameters of the list; a year gives way to days.
    """

    since: str
    until: str
    kept: list[tuple[str, str]]


@dataclasses.dataclass(frozen=True, slots=True)
class WayOut:
    """A filter whose removal would show something, and how much."""

    chip: Chip
    total: str


def wall(
    request: OrgRequest, asked: LibraryFilter, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Answer with a whole page, or to htmx with the next cards and their foot.

    Filters that are typed among the words lead to the page with these as chips.
    """
    q, typed = take_typed(asked.q)
    if typed:
        for key, value in typed:
            asked = asked.with_value(key, value)
        asked = dataclasses.replace(asked, q=q)
        return redirect(
            f"{request.path}?{query_of(asked, sort_of(request.GET) or default_sort(asked))}"
        )
    page = page_of(
        asked,
        sort=sort_of(request.GET),
        cursor=request.GET.get("cursor", ""),
        count=_number(request.GET.get("count"), PAGE_SIZE),
    )
    query = query_of(asked, page.sort)
    context = {
        **context,
        "asked": asked,
        "cards": page.items,
        "query": query,
        "sort_part": sort_part(asked, page.sort),
        "dates": date_form(asked, page.sort),
        "total": page.total,
        "next_url": f"{request.path}?{query}&cursor={page.next_cursor}" if page.next_cursor else "",
        "may_edit": request.membership.allows(Permission.EDIT_LIBRARY),
    }
    if request.htmx:
        response = render(request, "media/parts/cards.html", context)
    else:
        chips = chips_of(asked)
        context |= {
            "chips": chips,
            "sorts": _sort_links(asked, page.sort),
            "kept": [pair for pair in asked.pairs() if pair[0] != "q"],
            "ways_out": [] if page.items else _ways_out(asked, chips),
        }
        response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def sort_of(params: QueryDict) -> Sort | None:
    """Return the order that an address asks for."""
    wish = params.get("sort")
    return Sort(wish) if wish in Sort.values else None


def query_of(asked: LibraryFilter, sort: Sort) -> str:
    """Return the parameters that lead to the same cards in the same order."""
    query = QueryDict(asked.querystring(), mutable=True)
    if sort is not default_sort(asked):
        query["sort"] = sort.value
    return query.urlencode()


def sort_part(asked: LibraryFilter, sort: Sort | None) -> str:
    """Return what keeps a chosen order when the filter changes."""
    return f"&sort={sort.value}" if sort and sort is not default_sort(asked) else ""


def date_form(asked: LibraryFilter, sort: Sort | None) -> DateForm:
    """Return what the form of dates shows under ``asked``, and what it keeps."""
    is_year = len(asked.year) == YEAR_DIGITS and asked.year.isascii() and asked.year.isdecimal()
    first, last = (f"{asked.year}-01-01", f"{asked.year}-12-31") if is_year else ("", "")
    kept = [pair for pair in asked.pairs() if pair[0] not in ("year", "since", "until")]
    if sort and sort is not default_sort(asked):
        kept.append(("sort", sort.value))
    return DateForm(
        since=asked.since.isoformat() if asked.since else first,
        until=asked.until.isoformat() if asked.until else last,
        kept=kept,
    )


def _sort_links(asked: LibraryFilter, used: Sort) -> list[SortLink]:
    possible = [*ALWAYS_POSSIBLE]
    if asked.q:
        possible.insert(0, Sort.BEST)
    if asked.board:
        possible.insert(0, Sort.BOARD)
    return [SortLink(str(sort.label), _with_sort(asked, sort), sort is used) for sort in possible]


def _with_sort(asked: LibraryFilter, sort: Sort) -> str:
    query = QueryDict(asked.querystring(), mutable=True)
    query["sort"] = sort.value
    return query.urlencode()


def _ways_out(asked: LibraryFilter, chips: list[Chip]) -> list[WayOut]:
    """Return the filters without which something would be found, those with most first."""
    found = []
    for chip in chips[:MAX_TRIED]:
        total = page_of(asked.without(chip.key, chip.value), count=1).total
        if total and total.count:
            found.append((total.count, WayOut(chip, str(total))))
    return [way for _, way in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() else default
