"""What the dialects of Meta's rows say, brought to one form."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.readers.dates import parse_date
from connectors.readers.meta.labels import read_labels
from connectors.readers.meta.links import unwrap
from connectors.readers.text import clean
from connectors.readers.urls import web_address

_MAX_ENTRIES = 200
_MAX_DEPTH = 6
_ADDRESS_KEYS = ("source", "url", "name")
_LOOSE_ADDRESS_KEYS = ("url", "href", "source", "uri", "link")
_TEXT_KEYS = ("description", "text", "value", "address")


@dataclasses.dataclass(slots=True)
class Details:
    """The parts of one row.

    Attributes:
        sentence: the row's own title.
        name: of the thing that was saved.
        texts: what else is written about it.
        url: the first address, unwrapped; empty for none.
        domain: the source's word for where it comes from.
        creator: whose it is, where a field says so.
        saved_at: when it was saved.
        files: paths of pictures within the export.
        is_bare_name: the row holds a name and nothing else, as collections do.
        is_collection: the row is a form of the fields that only collections have.
    """

    sentence: str = ""
    name: str = ""
    texts: list[str] = dataclasses.field(default_factory=list)
    url: str = ""
    domain: str = ""
    creator: str = ""
    saved_at: dt.datetime | None = None
    files: list[str] = dataclasses.field(default_factory=list)
    is_bare_name: bool = False
    is_collection: bool = False


def details_of(row: Mapping[str, Any]) -> Details:
    """Return the parts of a row of any dialect, already repaired."""
    details = Details(
        sentence=clean(row.get("title"), 2_000), saved_at=parse_date(row.get("timestamp"))
    )
    if isinstance(row.get("label_values"), list):
        _apply_labels(details, row["label_values"])
    for key in ("string_map_data", "string_list_data"):
        if row.get(key):
            _apply_strings(details, row[key])
    details.files = [*_files_in(row.get("media"))]
    entries = list(_entries_of(row.get("attachments")))
    if "data" in row:
        entries += list(_dicts_in(row["data"]))
    for entry in entries[:_MAX_ENTRIES]:
        _apply_entry(details, entry)
    if not details.url:
        details.url = next((url for entry in entries if (url := _loose_address(entry))), "")
    details.is_bare_name = details.is_bare_name or (
        bool(details.name)
        and not details.url
        and bool(entries)
        and all(entry.keys() <= {"name"} for entry in entries)
    )
    return details


def _files_in(media: object) -> Iterator[str]:
    """Yield the paths of files of the export; addresses are none."""
    for part in _dicts_in(media):
        uri = part.get("uri")
        if isinstance(uri, str) and uri and "://" not in uri:
            yield uri


def _apply_entry(details: Details, entry: Mapping[str, Any]) -> None:
    details.files += _files_in(entry.get("media"))
    context = entry.get("external_context")
    if isinstance(context, Mapping):
        addresses = [unwrap(context.get(key)) for key in _ADDRESS_KEYS]
        details.url = details.url or next(filter(None, addresses), "")
        _apply_name(details, context.get("name"))
        for key in ("source", "url"):
            word = clean(context.get(key), 300)
            # “Some Site” is a word for a place, another scheme is none.
            if word and ":" not in word and not details.domain:
                details.domain = word.lower().removeprefix("www.") if "." in word else word
    for part in (entry, *_dicts_in(list(entry.values()))):
        if part is context:
            continue
        for key in ("name", "title"):
            _apply_name(details, part.get(key))
        details.texts += [text for key in _TEXT_KEYS if (text := clean(part.get(key)))]


def _apply_name(details: Details, value: object) -> None:
    name = clean(value, 2_000)
    if not name or web_address(name):
        return
    if not details.name:
        details.name = name
    elif name != details.name:
        details.texts.append(name)


def _apply_strings(details: Details, data: object) -> None:
    """Read ``{"Saved on": {"href", "value", "timestamp"}}``, whose keys are localised."""
    parts = list(_dicts_in(list(data.values()) if isinstance(data, Mapping) else data))
    for part in parts:
        address = unwrap(part.get("href")) or unwrap(part.get("value"))
        details.url = details.url or address
        details.saved_at = details.saved_at or parse_date(part.get("timestamp"))
        if address and not details.sentence:
            # In a collection the link to a post bears the name of its owner.
            details.creator = details.creator or _words_in(part.get("value"))
        else:
            _apply_name(details, part.get("value"))
    details.creator = details.sentence or details.creator
    details.sentence = ""
    details.is_bare_name = not details.url and bool(details.name)


def _words_in(value: object) -> str:
    text = clean(value, 300)
    return "" if web_address(text) else text


def _apply_labels(details: Details, entries: list[Any]) -> None:
    labels = read_labels(entries)
    details.url = unwrap(labels.url)
    details.name = clean(labels.title, 2_000)
    details.texts += [text for value in labels.texts if (text := clean(value))]
    details.creator = clean(labels.owner, 300)
    details.saved_at = details.saved_at or parse_date(labels.timestamp)
    details.is_bare_name = bool(details.name) and not labels.has_address_field
    details.is_collection = labels.is_collection


def _entries_of(attachments: object) -> Iterator[Mapping[str, Any]]:
    for attachment in _dicts_in(attachments):
        data = attachment.get("data")
        if data is not None:
            yield from _dicts_in(data)
        elif attachment:
            yield attachment


def _dicts_in(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, Mapping))


def _loose_address(value: object, depth: int = 0) -> str:
    """Return the first address under a telling key, depth first."""
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(value, Mapping):
        for key in _LOOSE_ADDRESS_KEYS:
            if url := unwrap(value.get(key)):
                return url
        value = list(value.values())
    if isinstance(value, list):
        for each in value[:_MAX_ENTRIES]:
            if isinstance(each, Mapping | list) and (url := _loose_address(each, depth + 1)):
                return url
    return ""
