"""Collections that hold their posts inside: taken apart into themselves and each post."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from connectors.readers.batches import Batch
from connectors.readers.contents import Content
from connectors.readers.meta.labels import OWNER_TITLES, read_labels, text_in
from connectors.readers.meta.names import names_collections, names_only_saves, telling_name
from connectors.readers.urls import web_address

Parse: TypeAlias = Callable[[Content, int], Iterator[Batch]]
_PROFILE = re.compile(
    r"https?://(?:[a-z0-9-]+\.)*(?:facebook|instagram)\.com/"
    r"(?!watch(?![^/?#])|[^/?#]*\.php)[^/?#]*/?(?:[?#]|$)"
)
# Where no name says that a file holds collections, one post inside a form may be its own.
_MANY_POSTS = 2


@dataclasses.dataclass(frozen=True, slots=True)
class CollectionHead:
    """A collection without the posts that its record held."""

    row: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class CollectedPost:
    """A post out of the collection whose head came before."""

    row: Mapping[str, Any]


def taking_apart(parse: Parse) -> Parse:
    """Return a parser that gives the posts inside of collections as records of their own.

    Its batches hold more records than the file has elements, so that none of them can be
    restarted from: readers of collections begin anew and count.
    """

    def parse_apart(content: Content, restart_at: int) -> Iterator[Batch]:
        least = _MANY_POSTS
        for batch in parse(content, restart_at):
            name = telling_name(batch.list_name, content.name)
            held = [] if names_only_saves(name) else [_posts_of(each) for each in batch.values]
            if names_collections(name) or any(len(posts) >= least for posts in held):
                least = 1
            yield _apart(batch, held) if least == 1 and any(held) else batch

    return parse_apart


def _apart(batch: Batch, held: list[list[list[Any]]]) -> Batch:
    values: list[object] = []
    for value, posts in zip(batch.values, held, strict=True):
        if isinstance(value, Mapping) and posts:
            values.append(CollectionHead(_without_posts(value)))
            values += [CollectedPost({"label_values": fields}) for fields in posts]
        else:
            values.append(value)
    return dataclasses.replace(batch, values=values)


def _posts_of(row: object) -> list[list[Any]]:
    """Return the fields of each post inside a form that has no address of its own."""
    entries = row.get("label_values") if isinstance(row, dict) else None
    if not isinstance(entries, list) or any(_has_address(entry) for entry in entries):
        return []
    return [fields for entry in entries for fields in _posts_in(entry)]


def _has_address(entry: object) -> bool:
    if not isinstance(entry, Mapping):
        return False
    if any(web_address(entry.get(key)) for key in ("href", "value")):
        return True
    return "href" in entry and not entry.get("value")  # one that is gone


def _posts_in(entry: object) -> list[list[Any]]:
    """Return the fields of each part of a group, where at least one of them is a post."""
    if not isinstance(entry, Mapping):
        return []
    title = (text_in(entry, "title") or text_in(entry, "label")).casefold()
    group = _list_in(entry)
    if title in OWNER_TITLES or group is None:
        return []
    forms = [fields for part in group if (fields := _fields_of(part))]
    urls = [read_labels(fields).url for fields in forms]
    return forms if any(url and not _PROFILE.match(url) for url in urls) else []


def _fields_of(part: object) -> list[Any]:
    if not isinstance(part, Mapping):
        return []
    inside = _list_in(part)
    if inside is not None:
        return inside
    return [part] if _has_address(part) else []


def _list_in(entry: Mapping[str, Any]) -> list[Any] | None:
    return next((entry[key] for key in ("dict", "vec") if isinstance(entry.get(key), list)), None)


def _without_posts(row: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = [entry for entry in row["label_values"] if not _posts_in(entry)]
    return {**row, "label_values": kept}
