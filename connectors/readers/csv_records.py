"""Rows of CSV files whose columns are the paths of a nested record: ``board/name``."""

import csv
import re
from collections.abc import Iterator

from connectors.readers.batches import MAX_RECORD_BYTES, Batch, Unreadable
from connectors.readers.contents import Content
from connectors.readers.json_window import JsonWindow, RecordTooLargeError
from connectors.readers.shapes import shape_of
from connectors.readers.text import decode

_BATCH_ROWS = 500
_MAX_COLUMNS = 5_000
_DELIMITERS = (",", ";", "\t")
_JSON_WORDS = {"true": True, "false": False, "null": None}
_LIST_PART = re.compile(r"\d{1,3}")
_NUMBER_COLUMNS = frozenset({"width", "height", "duration", "saves", "done", "repin_count"})

# The module's default of 128 kB is less than a legal description with its markup.
csv.field_size_limit(MAX_RECORD_BYTES)


def sniff_csv(head: bytes) -> str:
    """Return the kind of a CSV file by its column names; "" where no reader knows them."""
    delimiter, columns = _header_of(head.partition(b"\n")[0].decode("utf-8", "replace"))
    if not delimiter:
        return ""
    shape = shape_of(dict.fromkeys(column.partition("/")[0] for column in columns))
    return shape.value if shape and shape.value.startswith("pinterest") else ""


def read_csv(content: Content, restart_at: int) -> Iterator[Batch]:
    """Yield the rows as nested records."""
    lines = _Lines(content, 0)
    delimiter, columns = _header_of(next(lines, ""))
    paths = [column.split("/") for column in columns]
    if restart_at:
        lines = _Lines(content, restart_at)
    rows = csv.reader(lines, delimiter=delimiter or ",", strict=False)
    starts_at, values = lines.offset, list[object]()
    while True:
        try:
            row = next(rows, None)
        except csv.Error as exc:
            values.append(Unreadable(f"The row is not valid CSV: {exc}."))
            continue
        if row is None:
            break
        if row:
            values.append(_record_of(paths, row))
        if len(values) >= _BATCH_ROWS:
            yield Batch(values, restart_at=starts_at, ends_at=lines.offset)
            starts_at, values = lines.offset, []
    if values:
        yield Batch(values, restart_at=starts_at, ends_at=lines.offset)


def _header_of(line: str) -> tuple[str, list[str]]:
    """Return the delimiter and the column names; no delimiter where it is no header."""
    delimiter = max(_DELIMITERS, key=line.count)
    if not line.count(delimiter):
        return "", []
    try:
        columns = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return "", []
    return delimiter, [column.strip() for column in columns[:_MAX_COLUMNS]]


def _record_of(paths: list[list[str]], row: list[str]) -> object:
    """Return the nested record of a row; empty cells are absent fields."""
    record: dict[str, object] = {}
    for path, cell in zip(paths, row, strict=False):
        if cell:
            _put(record, path, cell)
    if not record:
        return Unreadable("The row is empty.")
    if "image" not in record and any(path[0] == "image" for path in paths):
        record["image"] = None
    return {key: _with_lists(value) for key, value in record.items()}


def _put(record: dict[str, object], path: list[str], cell: str) -> None:
    place = record
    for part in path[:-1]:
        inner = place.get(part)
        if not isinstance(inner, dict):
            inner = place[part] = {}
        place = inner
    name = path[-1]
    if name in _NUMBER_COLUMNS and cell.isascii() and cell.isdigit() and len(cell) < 16:  # noqa: PLR2004  # exact in a float
        place[name] = int(cell)
    elif not isinstance(place.get(name), dict):
        place[name] = _JSON_WORDS.get(cell, cell)


def _with_lists(value: object) -> object:
    """Turn maps whose keys count from 0 into the lists that they were."""
    if not isinstance(value, dict):
        return value
    inner = {key: _with_lists(each) for key, each in value.items()}
    if "0" in inner and all(_LIST_PART.fullmatch(key) for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


class _Lines(Iterator[str]):
    """Lines of a text file, and how far they reach."""

    def __init__(self, content: Content, starts_at: int) -> None:
        self._window = JsonWindow(
            content.chunks(starts_at), starts_at=starts_at, label=content.name
        )
        self.offset = starts_at

    def __next__(self) -> str:
        window = self._window
        try:
            end = window.line_end()
        except RecordTooLargeError:
            window.skip_line()
            return "\n"
        if end == window.at or not (window.is_whole or window.data[end - 1 : end] == b"\n"):
            window.check()
            raise StopIteration
        line = window.data[window.at : end]
        window.at = end
        self.offset = window.offset
        return decode(line)
