"""Tell what a file is by what is in it; its name only breaks ties."""

import dataclasses
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from connectors.errors import FileRefusedError
from connectors.readers.batches import MAX_RECORD_BYTES, Batch
from connectors.readers.contents import Content, TextContent, head_of
from connectors.readers.csv_records import read_csv, sniff_csv
from connectors.readers.foreign import foreign_by_magic, foreign_text
from connectors.readers.html_sniff import sniff_html
from connectors.readers.json_records import read_json, read_lines
from connectors.readers.json_values import parse_value
from connectors.readers.json_window import (
    END_OF_FILE,
    OPEN_OBJECT,
    QUOTE,
    JsonWindow,
    RecordTooLargeError,
)
from connectors.readers.meta.evidence import CERTAIN, LIKELY, proof_of_saves
from connectors.readers.meta.names import basename
from connectors.readers.meta.others import list_of_download
from connectors.readers.shapes import Shape, shape_of
from connectors.readers.sqlite.beside import MAGIC, Beside
from connectors.readers.sqlite.copies import DatabaseContent
from connectors.readers.sqlite.scraper import is_scraper_database, read_database

HEAD_BYTES = 64 * 1024
_FIRST_LINE_BYTES = MAX_RECORD_BYTES
_SNIFFED_BATCHES = 400
_SNIFFED_VALUES = 50
_TRIED_LINES = 20
_TAR_MAGIC_AT = 257
# How archives begin, which may hold records inside.
_ARCHIVES = (
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "packed"),
    (b"BZh", "packed"),
    (b"\xfd7zXZ", "packed"),
    (b"\x28\xb5\x2f\xfd", "packed"),
)
_OFFICE_NAME = re.compile(r"\.(?:xls[xmb]?|docx?|pptx?|od[ts]|numbers|pages)$", re.IGNORECASE)
_EMPTY_SAVES = re.compile(
    rb'"(saves_v2|saves_and_collections(?:_v2)?|collections_v2|saved_items_v2|saved_saved_\w+)"'
    rb"\s*:\s*\["
)
_EMPTY_JSON = re.compile(rb"[\s\[\]{},]*")
_INSTAGRAM_LISTS = frozenset({"saved_saved_media", "saved_saved_collections"})
_INSTAGRAM_LIST = re.compile(rb'"saved_saved_(?:media|collections)"')

Parse = Callable[[Content, int], Iterator[Batch]]


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What a member is.

    Attributes:
        kind: name of the kind; empty where no reader knows it.
        format: ``json``, ``lines``, ``csv``, ``html`` or ``database``.
        parse: cuts it into records.
        content: the member as text.
        certainty: ``CERTAIN`` where its keys or headings name the kind, else ``LIKELY``.
        reason: why it is left out, where it is.
        foreign: what it is instead, such as ``RAR``, ``picture`` or ``messages``, where its
            start tells.
    """

    content: Content
    kind: str = ""
    format: str = ""
    parse: Parse | None = None
    certainty: int = LIKELY
    reason: str = ""
    foreign: str = ""


def parse_json(content: Content, restart_at: int) -> Iterator[Batch]:
    """Cut a JSON file into records."""
    return read_json(content.chunks(restart_at), restart_at=restart_at, label=content.name)


def parse_lines(content: Content, restart_at: int) -> Iterator[Batch]:
    """Cut a file with one JSON value on each line into records."""
    return read_lines(content.chunks(restart_at), restart_at=restart_at, label=content.name)


def sniff(content: Content, *, is_alone: bool, beside: Beside | None = None) -> Finding:
    """Say what a member is.

    Args:
        content: the bytes as they were brought.
        is_alone: it was brought as a file of its own, so that less proof is asked for.
        beside: what belongs to it where it is a database.
    """
    try:
        head = head_of(content, HEAD_BYTES)
    except FileRefusedError:
        if is_alone:
            raise
        return Finding(content, reason="damaged")
    if archive := _archive_in(head):
        is_office = archive == "ZIP" and _OFFICE_NAME.search(content.name)
        foreign = "workbook" if is_office else archive
        return Finding(content, reason="nested_archive", foreign=foreign)
    if head.startswith(MAGIC):
        return _sniff_database(DatabaseContent(content, beside or {}))
    if foreign := foreign_by_magic(head):
        return Finding(content, reason="unknown", foreign=foreign)
    text = TextContent(content)
    start = head_of(text, HEAD_BYTES)
    if not start.strip():
        return Finding(text, reason="empty")
    return _sniff_text(text, start, is_alone=is_alone)


def _sniff_database(content: DatabaseContent) -> Finding:
    try:
        is_known = is_scraper_database(content)
    except (sqlite3.Error, FileRefusedError):
        is_known = False
    if not is_known:
        return Finding(content.inner, reason="unknown", foreign="database")
    return Finding(content, "pinterest_database", "database", read_database, CERTAIN)


def _archive_in(head: bytes) -> str:
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return "TAR"
    return next((what for magic, what in _ARCHIVES if head.startswith(magic)), "")


def _sniff_text(text: TextContent, start: bytes, *, is_alone: bool) -> Finding:
    first = start.lstrip()[:1]
    if first in b"[{" or (first == b'"' and _is_lines(text, start)):
        return _sniff_json(text, start, is_alone=is_alone)
    parse: Parse = read_csv
    kind, certainty, form = sniff_csv(start), LIKELY, "csv"
    if first == b"<":
        kind, html_parse, certainty = sniff_html(text, is_alone=is_alone)
        parse, form = html_parse or read_csv, "html"
    if not kind:
        return _unknown(text, start)
    return Finding(text, kind, form, parse, certainty)


def _sniff_json(text: TextContent, start: bytes, *, is_alone: bool) -> Finding:
    is_lines = _is_lines(text, start)
    parse = parse_lines if is_lines else parse_json
    kind, certainty = "", LIKELY
    try:
        for batch in islice(parse(text, 0), _SNIFFED_BATCHES):
            kind, certainty = _kind_of_batch(batch, text.name, is_alone=is_alone)
            if kind:
                break
    except FileRefusedError:
        if not kind and is_alone:
            raise
    if not kind and _EMPTY_SAVES.search(start):
        kind = "instagram_json" if _INSTAGRAM_LIST.search(start) else "facebook_json"
        certainty = CERTAIN
    if not kind:
        return _unknown(text, start, _why_unknown(parse, text))
    return Finding(text, kind, "lines" if is_lines else "json", parse, certainty)


def _unknown(text: TextContent, start: bytes, reason: str = "unknown") -> Finding:
    """Say of a file without records what it is instead, where its start tells."""
    if reason != "unknown":
        return Finding(text, reason=reason)
    if what := list_of_download(start, basename(text.name)):
        return Finding(text, reason="other_list", foreign=what)
    return Finding(text, reason=reason, foreign=foreign_text(start))


def _why_unknown(parse: Parse, text: TextContent) -> str:
    """Tell an export without records from a file of another kind."""
    try:
        values = [value for batch in islice(parse(text, 0), 1) for value in batch.values]
    except FileRefusedError:
        return "unknown"
    if not values and _EMPTY_JSON.fullmatch(head_of(text, HEAD_BYTES)):
        return "empty"
    is_errors = values and all(isinstance(each, dict) and "error" in each for each in values)
    return "error_rows" if is_errors else "unknown"


def _is_lines(text: TextContent, start: bytes) -> bool:
    """Say whether the file has one JSON value on each line."""
    window = JsonWindow(text.chunks(), label=text.name)
    if window.peek() not in {OPEN_OBJECT, QUOTE}:
        return False
    try:
        end = window.value_end(limit_bytes=_FIRST_LINE_BYTES)
    except (RecordTooLargeError, FileRefusedError):
        # The first value does not end where it should; the lines behind it may be sound.
        return _has_whole_line(start)
    if b"\n" in window.data[window.at : end]:
        return False
    window.at = end
    before = window.offset
    window.fill()
    following = window.peek()
    gap = window.data[window.at - (window.offset - before) : window.at]
    return b"\n" in gap and following != END_OF_FILE and following in b'{["'


def _has_whole_line(start: bytes) -> bool:
    """Say whether a line behind the first one is an object by itself."""
    lines = start.split(b"\n")[1:-1]
    return any(
        line.startswith(b"{") and isinstance(parse_value(line), dict)
        for line in lines[:_TRIED_LINES]
    )


def _kind_of_batch(batch: Batch, name: str, *, is_alone: bool) -> tuple[str, int]:
    """Return kind and certainty by the first records that tell one."""
    for value in batch.values[:_SNIFFED_VALUES]:
        if not isinstance(value, Mapping):
            continue
        shape = shape_of(value)
        if shape is Shape.META_ROW:
            return _meta_kind(batch, name, is_alone=is_alone)
        if shape is not None:
            is_certain = shape is not Shape.WEB_PIN
            return shape.value, CERTAIN if is_certain else LIKELY
    return "", LIKELY


def _meta_kind(batch: Batch, name: str, *, is_alone: bool) -> tuple[str, int]:
    proof = proof_of_saves(
        batch.values, list_name=batch.list_name, basename=basename(name), is_alone=is_alone
    )
    if not proof:
        return "", LIKELY
    sample = " ".join(_text_of(each) for each in batch.values[:_SNIFFED_VALUES])
    is_instagram = batch.list_name in _INSTAGRAM_LISTS or "www.instagram.com/" in sample
    kind = "instagram_json" if is_instagram and "facebook.com/" not in sample else "facebook_json"
    return kind, proof


def _text_of(value: object) -> str:
    try:
        return str(value)
    except RecursionError:
        return ""
