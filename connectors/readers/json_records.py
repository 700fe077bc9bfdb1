"""Streams of records out of JSON files: bare lists, wrapped lists, maps, lines."""

import dataclasses
import re
from collections.abc import Iterator, Mapping

import orjson

from connectors.errors import FileRefusedError
from connectors.readers.batches import Batch, Unreadable
from connectors.readers.json_values import parse_value
from connectors.readers.json_window import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    END_OF_FILE,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    JsonWindow,
    RecordTooLargeError,
)
from connectors.readers.shapes import (
    BOARD_FIELDS,
    IGNORED_KEYS,
    MAX_DEPTH,
    explode,
    flatten,
    has_record,
    on_board,
)

SMALL_OBJECT_BYTES = 1024 * 1024
_JUDGED_AFTER = 200
_GAP = re.compile(rb'[}\]"\w]\s*,\s*(?=([{\["\w]))')
_FIRST_KEY = re.compile(rb'\{\s*"[^"\\]{1,60}"\s*:')
_TOO_LARGE = Unreadable("The record is bigger than 16 MB.")


def read_json(chunks: Iterator[bytes], *, restart_at: int, label: str) -> Iterator[Batch]:
    """Yield the records of a JSON file, wherever in it they are.

    Args:
        chunks: the file from ``restart_at`` on.
        restart_at: 0, or the ``restart_at`` of a batch that was read before.
        label: name of the file, for messages.

    Raises:
        CorruptFileError: the file breaks its format; what stands before was yielded.
    """
    window = JsonWindow(chunks, starts_at=restart_at, label=label)
    if restart_at or window.peek() == OPEN_LIST:
        yield from _read_lists(window, is_inside=bool(restart_at))
        return
    count = 0
    while (byte := window.peek()) != END_OF_FILE:
        if byte == COMMA and count:
            window.at += 1
            continue
        for run in _read_nested(window, name="", depth=0):
            yield dataclasses.replace(run, records_before=count, ends_at=window.offset)
            count += len(run.values)


def _read_lists(window: JsonWindow, *, is_inside: bool) -> Iterator[Batch]:
    """Yield the elements of a list, and of those behind it, as in files that were joined."""
    if is_inside:
        yield from _read_list(window)
    while window.peek() == OPEN_LIST:
        window.at += 1
        yield from _read_list(window)
    if window.peek() != END_OF_FILE:
        raise window.broken()


def read_lines(chunks: Iterator[bytes], *, restart_at: int, label: str) -> Iterator[Batch]:
    """Yield the records of a file with one JSON value on each line."""
    window = JsonWindow(chunks, starts_at=restart_at, label=label)
    while window.peek() != END_OF_FILE:
        window.fill()
        starts_at = window.offset
        piece = _take_lines(window)
        if piece is None:
            yield Batch([_TOO_LARGE], restart_at=starts_at, ends_at=window.offset)
            continue
        lines = [line for line in piece.split(b"\n") if line.strip()]
        try:
            values = orjson.loads(b"[%b]" % b",".join(lines))
        except orjson.JSONDecodeError:
            values = []
        if len(values) != len(lines):
            values, piece = [parse_value(line) for line in lines], b""
        flat = [record for value in values for record in flatten(value)]
        yield Batch(flat, restart_at=starts_at, ends_at=window.offset, source=piece)


def _take_lines(window: JsonWindow) -> bytes | None:
    """Read whole lines, as many as are in hand; None for one line that is too long."""
    while True:
        cut = window.data.rfind(b"\n", window.at) + 1
        if window.is_whole:
            cut = len(window.data)
        if cut > window.at:
            piece = window.data[window.at : cut]
            window.at = cut
            return piece
        try:
            end = window.line_end()
        except RecordTooLargeError:
            window.skip_line()
            return None
        piece = window.data[window.at : end]
        window.at = end
        return piece


def _read_list(window: JsonWindow) -> Iterator[Batch]:
    """Yield the elements of the list whose bracket was read; each batch can be restarted."""
    splitter = _Splitter(window)
    while window.peek() != CLOSE_LIST:
        starts_at = window.offset
        values, source = splitter.take()
        flat = [record for value in values for record in flatten(value)]
        yield Batch(flat, restart_at=starts_at, ends_at=window.offset, source=source)
        if window.peek() == COMMA:
            window.at += 1
        elif window.peek() != OPEN_OBJECT:  # there, one comma was forgotten, or lost by hand
            break
    window.expect(CLOSE_LIST)


class _Splitter:
    """Takes runs of elements from a list.

    Where one element ends is guessed from the bytes that stood between the first two; the
    parser proves the guess, since a cut inside a string or a bracket cannot be parsed. So most
    of a file is parsed in big pieces, and only odd pieces element by element.
    """

    def __init__(self, window: JsonWindow) -> None:
        self._window = window
        self._separators: tuple[bytes, ...] = ()

    def take(self) -> tuple[list[object], bytes]:
        """Return the next elements, and the bytes they came from where that was one run."""
        window = self._window
        window.fill()
        for separator in self._separators:
            cut = window.data.rfind(separator, window.at) + 1
            if cut <= window.at:
                continue
            piece = window.data[window.at : cut]
            try:
                values = orjson.loads(b"[%b]" % piece)
            except orjson.JSONDecodeError:
                continue
            window.at = cut
            return values, piece
        return self._take_exactly(), b""

    def _take_exactly(self) -> list[object]:
        """Return the elements of about one window, found by counting brackets."""
        window = self._window
        values: list[object] = []
        stop_at = window.offset + len(window.data) - window.at
        while True:
            try:
                values.append(_take_value(window))
            except FileRefusedError:
                if not values:
                    raise
                return values  # the caller meets the same break behind them
            has_learned = self._learn()
            if has_learned or window.offset >= stop_at or window.peek() != COMMA:
                return values
            window.at += 1
            if window.peek() in {CLOSE_LIST, END_OF_FILE}:
                return values

    def _learn(self) -> bool:
        """Learn what separates elements from the place between two; False when known."""
        window = self._window
        gap = None if self._separators else _GAP.match(window.data, window.at - 1)
        if gap is None:
            return False
        separator = gap[0] + gap[1]
        key = _FIRST_KEY.match(window.data, gap.end())
        self._separators = (gap[0] + key[0], separator) if key else (separator,)
        return True


def _take_value(window: JsonWindow) -> object:
    """Read one value of any kind; one that is too big is skipped and reported in its place."""
    try:
        end = window.value_end()
    except RecordTooLargeError:
        window.skip_value()
        return _TOO_LARGE
    data = window.data[window.at : end]
    window.at = end
    return parse_value(data)


def _read_nested(window: JsonWindow, *, name: str, depth: int) -> Iterator[Batch]:
    """Yield the runs of records inside the value that starts here."""
    byte = window.peek()
    if byte == OPEN_OBJECT:
        yield from _read_small_object(window, name=name, depth=depth)
    elif byte == OPEN_LIST:
        window.at += 1
        yield from _read_named_list(window, name)
    else:
        value = _take_value(window)
        if depth == 0:
            yield Batch([value], list_name=name)


def _read_small_object(window: JsonWindow, *, name: str, depth: int) -> Iterator[Batch]:
    """Parse an object as a whole; one that is too big, or broken, is walked through."""
    starts_at = window.offset
    try:
        end = window.value_end(limit_bytes=SMALL_OBJECT_BYTES)
    except (RecordTooLargeError, FileRefusedError):
        window.back_to(starts_at)
        yield from _read_object(window, depth=depth)
        return
    source = window.data[window.at : end]
    try:
        value = orjson.loads(source)
    except orjson.JSONDecodeError:
        value = parse_value(source)
        if isinstance(value, Unreadable):
            yield from _read_odd_object(window, value, end=window.offset_of(end), depth=depth)
            return
        source = b""
    window.at = end
    for run_name, values in explode(value, name):
        yield Batch(values, list_name=run_name, source=source)


def _read_odd_object(
    window: JsonWindow, value: Unreadable, *, end: int, depth: int
) -> Iterator[Batch]:
    """Yield the lists of an object that is no JSON because of one of its parts; else itself."""
    has_lists = False
    try:
        for run in _read_object(window, depth=depth):
            has_lists = True
            yield run
    except FileRefusedError:
        if has_lists:
            raise
        window.back_to(end)
    if not has_lists and depth == 0:
        yield Batch([value])


def _read_object(window: JsonWindow, *, depth: int) -> Iterator[Batch]:
    """Walk an object that is too big to be a record."""
    window.expect(OPEN_OBJECT)
    has_pins = False
    board: dict[str, object] = {}
    while window.peek() != CLOSE_OBJECT:
        if window.peek() != QUOTE:
            raise window.broken()
        key = str(_take_value(window))
        window.expect(COLON)
        is_ignored = key in IGNORED_KEYS or (key == "resources" and has_pins)
        if key in BOARD_FIELDS and window.peek() not in {OPEN_LIST, OPEN_OBJECT}:
            board[key] = _take_value(window)
        elif is_ignored or depth > MAX_DEPTH or window.peek() not in {OPEN_LIST, OPEN_OBJECT}:
            window.skip_value()
        else:
            for run in _read_nested(window, name=key, depth=depth + 1):
                has_pins = has_pins or key == "pins"
                yield _on_board(run, board) if key == "pins" and "name" in board else run
        if window.peek() == COMMA:
            window.at += 1
        elif window.peek() not in {CLOSE_OBJECT, QUOTE}:
            raise window.broken()
    window.at += 1


def _on_board(run: Batch, board: Mapping[str, object]) -> Batch:
    """Return the pins that are listed within a board as pins on it."""
    return dataclasses.replace(run, values=on_board(run.values, board), source=b"")


def _read_named_list(window: JsonWindow, name: str) -> Iterator[Batch]:
    """Yield the elements of a list inside an object, if it turns out to hold records."""
    held: list[object] = []
    is_judged = False
    for batch in _read_list(window):
        if is_judged:
            yield dataclasses.replace(batch, restart_at=0, list_name=name)
            continue
        held.extend(batch.values)
        if has_record(held):
            is_judged = True
            yield Batch(held, list_name=name)
            held = []
        elif len(held) > _JUDGED_AFTER:
            held = held[:1]
