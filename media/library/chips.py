"""The filters in use, as people read them and take them off."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.db import models
from django.utils.formats import date_format

from media.colors import ColorName
from media.library.extras import extras
from media.library.filters import LibraryFilter, parse_id
from media.models import Board, Tag
from media.models.asset import MediaStatus
from media.models.link import LinkHealth

SOURCES = {"pinterest": "Pinterest", "facebook": "Facebook", "web": "Web", "upload": "Upload"}
PICTURES = {"with": "With picture", "without": "Without picture"}
LINKS = {
    LinkHealth.OK.value: "Link works",
    LinkHealth.GONE.value: "Link is gone",
    LinkHealth.BLOCKED.value: "Link is closed to us",
    LinkHealth.UNKNOWN.value: "Link not checked",
}
KINDS = {"unknown": "Unknown kind"}
DAYS = {"since": "From", "until": "Until"}


def source_name(source: str) -> str:
    """Return how people call a source."""
    return SOURCES.get(source, source.capitalize())


@dataclasses.dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use.

    Attributes:
        key, value: the parameter that it stands for.
        querystring: of the same page without this filter; may be empty.
    """

    key: str
    value: str
    label: str
    querystring: str


def chips_of(asked: LibraryFilter) -> list[Chip]:
    """Return a chip for each filter in use, in two queries at most and one per extra one."""
    known = {
        (each.key, value): label
        for each in extras()
        if (values := asked.extra_values(each.key))
        for value, label in each.labels(values).items()
    }
    names = _names(Board.objects.present(), [asked.board_id] if asked.board else [])
    names |= _names(Tag.objects.all(), asked.tag_ids)
    return [
        Chip(
            key,
            value,
            known.get((key, value)) or label_of(key, value, names),
            asked.without(key, value).querystring(),
        )
        for key, value in asked.pairs()
        if key != "trash"
    ]


def label_of(key: str, value: str, names: dict[uuid.UUID, str]) -> str:
    """Return how people read one filter; an id that is not in ``names`` is said to be gone."""
    if key == "board":
        return names.get(parse_id(value), "A board that is not here")
    if key == "tag":
        name = names.get(parse_id(value))
        return f"#{name}" if name else "A tag that is not here"
    if key == "q":
        return f"“{value}”"
    if key in DAYS:
        return f"{DAYS[key]} {date_format(dt.date.fromisoformat(value), 'j M Y')}"
    known: dict[str, str] = {
        "source": SOURCES,
        "color": dict(ColorName.choices),
        "picture": PICTURES,
        "media_status": dict(MediaStatus.choices),
        "kind": KINDS,
        "link": LINKS,
    }.get(key, {})
    return known.get(value) or value.replace("_", " ").capitalize()


def _names(
    rows: "models.QuerySet[Board] | models.QuerySet[Tag]", ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, str]:
    if not ids:
        return {}
    found: Iterable[tuple[uuid.UUID, str]] = rows.filter(pk__in=ids).values_list("pk", "name")
    return dict(found)
