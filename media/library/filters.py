"""What is asked of the library, as it stands in an address."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Literal, Protocol

from django.http import QueryDict

from media.library.extras import extras

MAX_QUERY = 200
MAX_VALUES = 20
MAX_VALUE = 64
YEARS = range(1, 9999)
# Of what no row can have: an id that is none finds nothing, as somebody else's id does.
NO_ID = uuid.UUID(int=0)

Picture = Literal["", "with", "without"]


class QueryParameters(Protocol):
    """Parameters of an address: a ``QueryDict``, or anything that reads like one."""

    def getlist(self, key: str, /) -> list[str]:
        """Return all values of ``key``."""


@dataclasses.dataclass(frozen=True, slots=True)
class LibraryFilter:
    """What must hold of an asset; all of it at once, and several colours mean any of them.

    Values are kept as they came, so that one that nobody knows finds nothing and can be taken
    off again, rather than being an error.

    Attributes:
        q: words; see ``media.search.words.build_query``.
        boards: id of a board, at most one.
        tags: ids of tags; an asset must have all of them.
        link: how the page is that it leads to, such as ``gone``.
        picture: ``with`` asks for stored bytes, whatever the source promised.
        since, until: first and last day, both included, by ``sorted_at`` in UTC.
        trash: look at what was removed instead of at what is there.
        extra: parameters of filters that other apps bring, and their values.
    """

    q: str = ""
    source: str = ""
    board: str = ""
    tags: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    picture: Picture = ""
    media_status: str = ""
    kind: str = ""
    link: str = ""
    year: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    trash: bool = False
    extra: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, params: QueryParameters) -> "LibraryFilter":
        """Read a filter from the parameters of an address; what makes no sense is left out."""
        picture = _one(params, "picture")
        return cls(
            q=" ".join(_clean(_last(params, "q"))[:MAX_QUERY].split()),
            source=_one(params, "source"),
            board=_one(params, "board"),
            tags=_several(params, "tag"),
            colors=_several(params, "color"),
            picture=picture if picture in ("with", "without") else "",  # type: ignore[arg-type]  # narrowed
            media_status=_one(params, "media_status"),
            kind=_one(params, "kind"),
            link=_one(params, "link"),
            year=_one(params, "year"),
            since=_day(_one(params, "since")),
            until=_day(_one(params, "until")),
            trash=_one(params, "trash") not in ("", "0", "false"),
            extra=_extra(params),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of the filter, in one order."""
        single = [
            ("q", self.q),
            ("source", self.source),
            ("board", self.board),
            *(("tag", tag) for tag in self.tags),
            *(("color", color) for color in self.colors),
            ("picture", self.picture),
            ("media_status", self.media_status),
            ("kind", self.kind),
            ("link", self.link),
            ("year", self.year),
            ("since", self.since.isoformat() if self.since else ""),
            ("until", self.until.isoformat() if self.until else ""),
            ("trash", "1" if self.trash else ""),
            *self.extra,
        ]
        return [(key, value) for key, value in single if value]

    def querystring(self) -> str:
        """Return what ``parse`` reads back, without ``?``."""
        return _encode(self.pairs())

    def without(self, key: str, value: str) -> "LibraryFilter":
        """Return the filter less one parameter."""
        return LibraryFilter.parse(_query(p for p in self.pairs() if p != (key, value)))

    def with_value(self, key: str, value: str) -> "LibraryFilter":
        """Return the filter and one parameter more; where only one may stand, in its place."""
        several = {"tag", "color", *(each.key for each in extras() if each.takes_several)}
        kept = [p for p in self.pairs() if key in several or p[0] != key]
        return LibraryFilter.parse(_query([*kept, (key, value)]))

    def extra_values(self, key: str) -> list[str]:
        """Return what is asked of a filter that another app brings."""
        return [value for name, value in self.extra if name == key]

    @property
    def is_empty(self) -> bool:
        """Return whether nothing narrows the library (the trash is a place, not a filter)."""
        return not [key for key, _ in self.pairs() if key != "trash"]

    @property
    def board_id(self) -> uuid.UUID:
        """Return the board asked for, or an id that no board has."""
        return parse_id(self.board)

    @property
    def tag_ids(self) -> list[uuid.UUID]:
        """Return the tags asked for; what is no id finds nothing."""
        return [parse_id(tag) for tag in self.tags]


def parse_id(text: str) -> uuid.UUID:
    """Return the key that ``text`` is, or one that no row has."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return NO_ID


def _clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _last(params: QueryParameters, key: str) -> str:
    values = params.getlist(key)
    return values[-1] if values else ""


def _one(params: QueryParameters, key: str) -> str:
    return _clean(_last(params, key)).strip()[:MAX_VALUE]


def _several(params: QueryParameters, key: str) -> tuple[str, ...]:
    values = (_clean(value).strip()[:MAX_VALUE] for value in params.getlist(key))
    return tuple(dict.fromkeys(value for value in values if value))[:MAX_VALUES]


def _extra(params: QueryParameters) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for each in extras():
        values = _several(params, each.key)
        found += [(each.key, value) for value in (values if each.takes_several else values[-1:])]
    return tuple(found)


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _query(pairs: Iterable[tuple[str, str]]) -> QueryDict:
    query = QueryDict(mutable=True)
    for key, value in pairs:
        query.appendlist(key, value)
    return query


def _encode(pairs: Iterable[tuple[str, str]]) -> str:
    return _query(pairs).urlencode()
