"""Rows of CSV files whose columns are the paths of a nested record: ``board/name``."""

import csv
import io
import re
from collections.abc import Callable, Iterator
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
_MAX_NOTHING = max(map(len, _NOTHING))
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


class _Column(NamedTuple):
    """What a column stands for.

    Attributes:
        path: its place in the record.
        name: the same where it is at the top, beside nothing; else "".
        read: makes a value of a cell; None where that is text.
    """

    path: list[str]
    name: str
    read: Callable[[str], object] | None


class _Header(NamedTuple):
    """How a file is cut, and what its columns stand for.

    Attributes:
        delimiter: parts the cells.
        columns: in order.
        listed: names at the top below which there are lists.
        has_pictures: there is a column for a picture.
    """

    delimiter: str
    columns: list[_Column]
    listed: frozenset[str]
    has_pictures: bool


def sniff_csv(start: bytes) -> str:
    """Return the kind of a CSV file by its columns; "" where no reader knows them.

    Where their names do not tell it, the first rows may, by addresses of pins and pictures.
    """
    content = FileContent(io.BytesIO(start), "")
    header, _ = _read_header(content)
    if header is None:
        return ""
    names = dict.fromkeys(column.path[0] for column in header.columns)
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
    starts_at = restart_at or starts_at
    rows = RowTexts(content, starts_at, delimiters=header.delimiter)
    before, values = 0, list[object]()
    while True:
        if not values and (clean := rows.take_clean(header.delimiter)):
            values = [_record_of(header, row) for row in clean if not _is_blank(row)]
            source = rows.plain_source
        else:
            source = b""
            text = next(rows, None)
            if text is None:
                break
            if isinstance(text, Unreadable) or text.strip():
                values.append(_value_of(text, header))
            if len(values) < _BATCH_ROWS and rows.is_odd:
                continue
        yield Batch(values, starts_at, before, rows.offset, source=source)
        if rows.is_plain:
            before += len(values)
        else:
            starts_at, before = rows.offset, 0
        values = []
    if values:
        yield Batch(values, starts_at, before, rows.offset)


def _is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and row[0].isspace())


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
    paths = [_path_of(column, mark) for column in columns]
    nested = {path[0] for path in paths if len(path) > 1}
    parsed = [
        _Column(path, "" if path[0] in nested else path[0], _reader_of(path[-1])) for path in paths
    ]
    listed = frozenset(path[0] for path in paths if any(map(_LIST_PART.fullmatch, path[1:])))
    return _Header(delimiter, parsed, listed, any(path[0] == "image" for path in paths))


def _reader_of(name: str) -> Callable[[str], object] | None:
    """Return what reads the cells of a column; None for the most, which are text."""
    if name in _NUMBER_COLUMNS:
        return _read_number
    if name.startswith("is_"):
        return _read_truth
    return _read_object if name in _OBJECT_COLUMNS else None


def _read_number(cell: str) -> object:
    is_number = cell.isascii() and cell.isdigit() and len(cell) < 16  # noqa: PLR2004  # exact in a float
    return int(cell) if is_number else _read_text(cell)


def _read_truth(cell: str) -> object:
    return _BOOLEANS.get(cell.casefold(), _read_text(cell))


def _read_object(cell: str) -> object:
    if cell[0] in "{[":
        value = parse_value(cell.encode("utf-8", "replace"))
        return cell if isinstance(value, Unreadable) else value
    return _read_text(cell)


def _read_text(cell: str) -> str | None:
    return None if len(cell) <= _MAX_NOTHING and cell in _NOTHING else cell


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
    return _record_of(header, row)


def _record_of(header: _Header, row: list[str]) -> object:
    """Return the nested record of a row; empty cells are absent fields."""
    record: dict[str, object] = {}
    for (path, name, read), cell in zip(header.columns, row, strict=False):
        if not cell:
            continue
        if read is not None:
            value = read(cell)
        else:
            value = None if len(cell) <= _MAX_NOTHING and cell in _NOTHING else cell
        if name:
            record[name] = value
        else:
            _put(record, path, value)
    if not record:
        return Unreadable("The row is empty.")
    if header.has_pictures and "image" not in record:
        record["image"] = None
    for name in header.listed:
        if name in record:
            record[name] = _with_lists(record[name])
    return record


def _put(record: dict[str, object], path: list[str], value: object) -> None:
    place = record
    for part in path[:-1]:
        inner = place.get(part)
        if not isinstance(inner, dict):
            inner = place[part] = {}
        place = inner
    if not isinstance(place.get(path[-1]), dict):
        place[path[-1]] = value


def _with_lists(value: object, depth: int = 1) -> object:
    """Turn maps whose keys count from 0 into the lists that they were."""
    if not isinstance(value, dict) or depth >= _MAX_PARTS:
        return value
    inner = {key: _with_lists(each, depth + 1) for key, each in value.items()}
    if "0" in inner and all(_LIST_PART.fullmatch(key) for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
