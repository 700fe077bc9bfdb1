"""The ``Key: value`` lines of the account export, in whatever language they are."""

import re
from collections import Counter

from connectors.readers.dates import parse_text_date
from connectors.readers.urls import web_address

_NONE = "no data"
# The order in which the export writes them; a page in another language is read by place.
_KEYS = (
    "Title",
    "Details",
    "Image",
    "Is Native",
    "Board Id",
    "Board Name",
    "Is Video",
    "Ip Address",
    "Username",
    "Alt Text",
    "Canonical Link",
    "Story Pin Media",
    "Video",
    "Created at",
    "Alive",
    "Is a repin",
    "Private",
)
_KNOWN = {key.casefold(): key for key in _KEYS}
# Of the person, not of the pin: never stored.
_PERSONAL = frozenset({"Ip Address", "Username"})
_MOSTLY_EMPTY = ("Is Native", "Is Video", "Story Pin Media", "Video")
_BOOLEANS = frozenset({"true", "false"})
_LOOKS_PERSONAL = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[^@\s]@[^@\s]+\.\w|(?:[0-9a-f]{0,4}:){3}")


def fields_of(lines: tuple[str, ...]) -> dict[str, str]:
    """Return the fields that have data, under their English names, without personal ones."""
    pairs = [_split(line) for line in lines]
    known = sum(key.casefold() in _KNOWN for key, _ in pairs)
    # Some labels are the same word in several languages, so that a few prove nothing.
    is_translated = 2 * known < len(pairs)
    if is_translated and len(pairs) == len(_KEYS):
        pairs = _by_place(pairs)
    elif is_translated:
        pairs = _by_value(pairs)
    fields: dict[str, str] = {}
    for key, value in pairs:
        name = _KNOWN.get(key.casefold(), key)
        if name in _PERSONAL or (name == key and name not in _KEYS and _is_personal(value)):
            continue
        if value and value.casefold() != _NONE and name not in fields:
            fields[name] = value
    return fields


def _by_place(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Name the fields of a page in another language by their order."""
    values = {key: value for key, (_, value) in zip(_KEYS, pairs, strict=True)}
    # Fields that are nearly always empty tell how the language says that there is nothing.
    word, count = Counter(values[key] for key in _MOSTLY_EMPTY).most_common(1)[0]
    nothing = word if count > 1 and word.casefold() not in _BOOLEANS else _NONE
    return [(key, "" if value == nothing else value) for key, value in values.items()]


def _by_value(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Name those fields of a page in another language whose values tell what they are."""
    named: list[tuple[str, str]] = []
    is_behind_address = False
    for key, value in pairs:
        name = key
        if key.casefold() in _KNOWN or _is_personal(value):
            pass
        elif is_behind_address:
            name = "Username"
        elif re.fullmatch("[0-9a-f]{32}", value.lower()):
            name = "Image"
        elif web_address(value):
            name = "Canonical Link"
        elif re.match(r"\d{4}/\d", value) and parse_text_date(value):
            name = "Created at"
        is_behind_address = _is_personal(value)
        named.append((name, value))
    return named


def _split(line: str) -> tuple[str, str]:
    """Cut at the first colon; one comma at the end belongs to the format, not to the value."""
    key, _, value = line.partition(":")
    return key.strip(), value.strip().removesuffix(",").strip()


def _is_personal(value: str) -> bool:
    return bool(_LOOKS_PERSONAL.search(value))
