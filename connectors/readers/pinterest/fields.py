"""The ``Key: value`` lines of the account export, in whatever language they are."""

import re
from collections import Counter
from collections.abc import Sequence

from connectors.readers.dates import parse_text_date
from connectors.readers.pinterest.words import truth_of
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
_KEY_SET = frozenset(_KEYS)
_KNOWN = {key.casefold(): key for key in _KEYS}
# The last fields of an entry, behind which the format writes no comma.
_COUNT_LAST, _COUNT_TRUTHS = 4, 3
_LAST_KEYS = frozenset(key.casefold() for key in _KEYS[-_COUNT_LAST:])
# What a person wrote, in as many lines as they liked.
_WRITTEN_KEYS = frozenset({"title", "details", "alt text", "board name"})
# Of the person, not of the pin: never stored.
_PERSONAL = frozenset({"Ip Address", "Username"})
_MOSTLY_EMPTY = ("Is Native", "Is Video", "Story Pin Media", "Video")
_DATE = re.compile(r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}$")
_LOOKS_PERSONAL = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[^@\s]@[^@\s]+\.\w|(?:[0-9a-f]{0,4}:){3}")


def fields_of(lines: tuple[str, ...]) -> dict[str, str]:
    """Return the fields that have data, under their English names, without personal ones."""
    if (fields := _plain_fields(lines)) is not None:
        return fields
    pairs = _pairs_of(lines)
    known = sum(key.casefold() in _KNOWN for key, _ in pairs)
    # Some labels are the same word in several languages, so that a few prove nothing.
    is_translated = 2 * known < len(pairs)
    if is_translated and len(pairs) == len(_KEYS):
        pairs = _by_place(pairs)
    elif is_translated:
        pairs = _by_value(pairs)
    fields = {}
    for key, value in pairs:
        name = _KNOWN.get(key.casefold(), key)
        if name in _PERSONAL or (name == key and name not in _KEYS and _is_personal(value)):
            continue
        if value and value.casefold() != _NONE and name not in fields:
            fields[name] = value
    return fields


def _plain_fields(lines: Sequence[str]) -> dict[str, str] | None:
    """Return the fields where each line is one in English, as most are; else None."""
    fields: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(":")
        if key not in _KEY_SET:
            return None
        value = value.strip()
        if value[-1:] == ",":
            value = value[:-1].rstrip()
        if value and key not in _PERSONAL and key not in fields and value.casefold() != _NONE:
            fields[key] = value
    return fields


def _by_place(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Name the fields of a page in another language by their order."""
    values = {key: value for key, (_, value) in zip(_KEYS, pairs, strict=True)}
    # Fields that are nearly always empty tell how the language says that there is nothing.
    word, count = Counter(values[key] for key in _MOSTLY_EMPTY).most_common(1)[0]
    nothing = word if count > 1 and truth_of(word) is None else _NONE
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


def is_whole(lines: Sequence[str]) -> bool:
    """Say whether these are all lines of an entry, of which the last ones are three truths."""
    values = [line.partition(":")[2] for line in lines[-_COUNT_TRUTHS:]]
    are_truths = len(values) == _COUNT_TRUTHS and all(truth_of(each) is not None for each in values)
    return are_truths or any(line.startswith("Private:") for line in lines[-1:])


def is_near_end(lines: Sequence[str]) -> bool:
    """Say whether the last line is among those that end an entry, whatever its language."""
    if len(lines) >= len(_KEYS):
        return True
    key, _, value = lines[-1].partition(":") if lines else ("", "", "")
    if key.strip().casefold() in _LAST_KEYS:
        return True
    return truth_of(value) is not None or bool(_DATE.match(value.strip()))


def _pairs_of(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return keys and values; a line that begins no field belongs to the value before it."""
    keys = [line.partition(":")[0].strip().casefold() for line in lines]
    known = _KNOWN.keys() & set(keys)
    is_english = 2 * len(known) >= min(len(keys), len(_KEYS))
    has_commas = any(line.endswith(",") for line in lines)
    fields: list[list[str]] = []
    current, seen = "", set[str]()
    for number, (key, line) in enumerate(zip(keys, lines, strict=True)):
        is_written = is_english and current in _WRITTEN_KEYS
        if key in _KNOWN or not fields:
            begins = not (is_written and key in seen)
        elif is_written and not _is_personal(line):
            begins = False
        else:
            is_last = number >= len(lines) - _COUNT_LAST or current in _LAST_KEYS
            begins = ":" in line and (is_last or not has_commas or lines[number - 1][-1:] == ",")
        if begins:
            fields.append([line])
            current = key
            seen.add(key)
        else:
            fields[-1].append(line)
    return [_split(field) for field in fields]


def _split(lines: list[str]) -> tuple[str, str]:
    """Cut at the first colon; one comma at the end belongs to the format, not to the value."""
    key, _, value = "\n".join(lines).partition(":")
    return key.strip(), value.strip().removesuffix(",").strip()


def _is_personal(value: str) -> bool:
    return bool(_LOOKS_PERSONAL.search(value))
