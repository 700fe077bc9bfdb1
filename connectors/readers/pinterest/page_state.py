"""Pins in the state that Pinterest's pages carry in a script element."""

import html
import re
from collections.abc import Iterator

from connectors.errors import CorruptFileError
from connectors.readers.batches import MAX_RECORD_BYTES, Batch
from connectors.readers.contents import Content, head_of
from connectors.readers.json_values import parse_value
from connectors.readers.shapes import explode

STATE_MARKS = (b"__PWS_INITIAL_PROPS__", b"__PWS_DATA__", b"initialReduxState", b"relay-response")
_SCRIPT = re.compile(rb"<script\b([^<>]*+)>", re.IGNORECASE)
_SCRIPT_END = re.compile(rb"</script>", re.IGNORECASE)
_ASSIGNMENT = re.compile(rb"\s*+(?:window\.)?\w++\s*+=\s*+")


def read_page_state(content: Content, restart_at: int) -> Iterator[Batch]:
    """Yield the pins of a saved page, each once.

    Raises:
        CorruptFileError: the page is bigger than any page, or holds no pin.
    """
    page = head_of(content, MAX_RECORD_BYTES + 1)
    if len(page) > MAX_RECORD_BYTES:
        message = f"“{content.name}” is bigger than any page of Pinterest. Save the page again."
        raise CorruptFileError(message)
    values: list[object] = []
    seen: set[object] = set()
    for attributes, script in _scripts_in(page):
        is_state = any(mark in attributes or mark in script for mark in STATE_MARKS)
        if b"json" not in attributes and not is_state:
            continue
        for record in _records_of(script):
            identity = record.get("id") if isinstance(record, dict) else None
            if isinstance(identity, str | int):
                if identity in seen:
                    continue
                seen.add(identity)
            values.append(record)
    if not values:
        message = (
            f"“{content.name}” is a page of Pinterest without a pin that can be read. "
            "Open the board, let it load, and save the page again."
        )
        raise CorruptFileError(message)
    yield Batch(values, ends_at=len(page))


def _scripts_in(page: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the attributes and the text of each script element that is closed."""
    at = 0
    while (start := _SCRIPT.search(page, at)) and (end := _SCRIPT_END.search(page, start.end())):
        yield start[1], page[start.end() : end.start()]
        at = end.end()


def _records_of(script: bytes) -> Iterator[object]:
    assignment = _ASSIGNMENT.match(script)
    text = script[assignment.end() if assignment else 0 :].strip().rstrip(b";")
    if text.startswith(b"{&quot;"):
        text = html.unescape(text.decode("utf-8", "replace")).encode()
    if not text.startswith((b"{", b"[")):
        return
    for _, records in explode(parse_value(text), ""):
        yield from records
