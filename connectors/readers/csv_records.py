"""Rows of CSV files whose columns are the paths of a nested record: ``board/name``."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from connectors.readers.batches import EXCERPT_LENGTH, MAX_RECORD_BYTES, Batch, Unreadable
from connectors.readers.contents import Content, FileContent
from connectors.readers.csv_rows import RowTexts
from connectors.readers.json_values import parse_value
from connectors.readers.shapes import Shape, shape_of

_BATCH_ROWS = 500
_SNIFFED_ROWS = 5
_MAX_COLUMNS = 5_000
# Parts of a column's path; of a longer one, the rest is the last name.
_MAX_PARTS = 16
_MAX_LINES_BEFORE = 20
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*$", re.IGNORECASE)
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False}
_NOTHING = frozenset({"null", "None", "NaN", "#N/A"})
_LIST_PART = re.compile(r"\d{1,3}")
_INDEX = re.compile(r"\[(\d{1,3})\]")
_NUMBER_COLUMNS = frozenset({"width", "height", "duration", "saves", "done", "repin_count"})
# Cells of these columns may hold a whole object or list as JSON text.
_OBJECT_COLUMNS = frozenset(
    {
        *("board", "boards", "section", "image", "images", "image_urls", "videos", "media"),
        *("carousel_data", "story_pin_data", "hashtags", "pinner", "native_creator", "creator"),
        *("reaction_counts", "aggregated_pin_data", "rich_summary", "rich_metadata"),
    }
)
# Names by which readers know a column, for those who write them in other letters.
_NAMES = {
    name.casefold(): name
    for name in (
        *("id", "title", "description", "board", "section", "link", "domain", "image", "images"),
        *("image_url", "pin_url", "pin_id", "board_name", "board_id", "created_at", "alt_text"),
        *("grid_title", "seo_url", "sourceUrl", "profile", "hashtags", "source_url", "is_video"),
        *("creator_name", "post_url", "post_text", "collection_name", "date", "thumbnail_url"),
        *("dominant_color", "auto_alt_text", "content_type", "largest_image_url", "image_urls"),
    )
}

# The module's default of 128 kB is less than a legal description with its markup.
csv.field_size_limit(MAX_RECORD_BYTES)


class _Header(NamedTuple):
    """How a file is cut, and the path in the record that each column stands for."""

    delimiter: str
    paths: list[list[str]]


def sniff_csv(start: bytes) -> str:
    """Return the kind of a CSV file by its columns; "" where no reader knows them.

    Where their names do not tell it, the first rows may, by addresses of pins and pictures.
    """
    content = FileContent(io.BytesIO(start), "")
    header, _ = _read_header(content)
    if header is None:
        return ""
    names = dict.fromkeys(path[0] for path in header.paths)
    rows = (value for batch in read_csv(content, 0) for value in batch.values[:_SNIFFED_ROWS])
    for record in (names, *islice((row for row in rows if isinstance(row, dict)), _SNIFFED_ROWS)):
        shape = shape_of(record)
        if shape is not None:
            return "" if shape is Shape.META_ROW else shape.value
    return ""


def read_csv(content: Content, restart_at: int) -> Iterator[Batch]:
    """Yield the rows as nested records."""
    header, starts_at = _read_header(content)
    if header is None:
        return
    rows = RowTexts(content, restart_at or starts_at, delimiters=header.delimiter)
    starts_at, before, values = restart_at or starts_at, 0, list[object]()
    for text in rows:
        if isinstance(text, str) and not text.strip():
            continue
        values.append(_value_of(text, header))
        if len(values) >= _BATCH_ROWS:
            yield Batch(values, starts_at, before, rows.offset)
            if rows.is_plain:
                before += len(values)
            else:
                starts_at, before = rows.offset, 0
            values = []
    if values:
        yield Batch(values, starts_at, before, rows.offset)


def _read_header(content: Content) -> tuple[_Header | None, int]:
    """Return the header and where the rows begin; None where the file begins with none.

    Blank lines may stand before it, and the line ``sep=;`` by which Excel tells the delimiter.
    """
    delimiter = ""
    lines = RowTexts(content, 0, delimiters="".join(_DELIMITERS))
    for _ in range(_MAX_LINES_BEFORE):
        line = next(lines, None)
        if not isinstance(line, str):
            return None, 0
        if match := _SEPARATOR_LINE.match(line):
            delimiter = match[1]
        elif line.strip():
            return _header_of(line, delimiter), lines.offset
    return None, 0


def _header_of(line: str, delimiter: str) -> _Header | None:
    delimiter = delimiter or max(_DELIMITERS, key=line.count)
    if not line.count(delimiter):
        return None
    try:
        columns = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return None
    columns = [column.strip() for column in columns[:_MAX_COLUMNS]]
    mark = "/" if any("/" in column for column in columns) else "."
    return _Header(delimiter, [_path_of(column, mark) for column in columns])


def _path_of(column: str, mark: str) -> list[str]:
    """Return the path of a column: ``board/name``, ``board.name`` or ``hashtags[0]``."""
    path = _INDEX.sub(rf"{mark}\1", column).split(mark, _MAX_PARTS - 1)
    first = path[0].strip().casefold()
    return [_NAMES.get(first) or _NAMES.get(first.replace(" ", "_")) or path[0], *path[1:]]


def _value_of(text: str | Unreadable, header: _Header) -> object:
    if isinstance(text, Unreadable):
        return text
    try:
        row = next(csv.reader([text], delimiter=header.delimiter), [])
    except csv.Error as exc:
        return Unreadable(f"The row is not valid CSV: {exc}.", text[:EXCERPT_LENGTH])
    return _record_of(header.paths, row)


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
    if not isinstance(place.get(path[-1]), dict):
        place[path[-1]] = _typed(path[-1], cell)


def _typed(name: str, cell: str) -> object:
    """Return what a cell means: text, unless its column is known to hold something else."""
    if cell in _NOTHING:
        return None
    if name in _NUMBER_COLUMNS and cell.isascii() and cell.isdigit() and len(cell) < 16:  # noqa: PLR2004  # exact in a float
        return int(cell)
    if name.startswith("is_"):
        return _BOOLEANS.get(cell.casefold(), cell)
    if name in _OBJECT_COLUMNS and cell[0] in "{[":
        value = parse_value(cell.encode("utf-8", "replace"))
        return cell if isinstance(value, Unreadable) else value
    return cell


def _with_lists(value: object, depth: int = 1) -> object:
    """Turn maps whose keys count from 0 into the lists that they were."""
    if not isinstance(value, dict) or depth >= _MAX_PARTS:
        return value
    inner = {key: _with_lists(each, depth + 1) for key, each in value.items()}
    if "0" in inner and all(_LIST_PART.fullmatch(key) for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
