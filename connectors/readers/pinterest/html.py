"""The account export that Pinterest itself gives out: one HTML page of ``Key: value`` lines."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.errors import FileRefusedError
from connectors.items import (
    BoardRef,
    MediaStatus,
    Outcome,
    Rejection,
    RejectionReason,
    SavedItem,
    Source,
)
from connectors.readers.batches import Batch
from connectors.readers.canonical import canonical_json
from connectors.readers.contents import Content
from connectors.readers.dates import parse_text_date
from connectors.readers.html_tokens import Token, attribute, read_tokens
from connectors.readers.pinterest.boards import MAX_NAME_LENGTH, absolute_address, board_key
from connectors.readers.pinterest.fields import fields_of, is_near_end, is_whole
from connectors.readers.pinterest.ids import digits_of, pin_id_in_address
from connectors.readers.pinterest.pictures import picture_of_address, picture_of_signature
from connectors.readers.pinterest.pins import reject
from connectors.readers.pinterest.words import truth_of
from connectors.readers.text import MAX_TITLE_LENGTH, clean, strip_unstorable
from connectors.readers.units import Unit, reject_odd
from connectors.readers.urls import domain_of, web_address

_BATCH_ENTRIES = 500
_MAX_BOARDS = 50_000
_BOARD_PATH = re.compile(r"https?://([^/]++)/[^/?#]++/[^/?#]++/?(?:[?#]|$)")
_PIN_PATH = re.compile(r"/pin/[^/?#]")
# Of what a database refuses, text that was decoded can hold this alone.
_NUL = b"\\u0000"
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_MAX_LINES = 500
_MAX_LINE = 100_000
_CUT = "The file breaks off within this pin. Download the export again and import the new file."


class Entry(NamedTuple):
    """One entry of the page: an address, its text, and the lines below it.

    Attributes:
        is_cut: the page breaks off within the entry, so that nobody knows what it would say.
    """

    href: str
    text: str
    lines: tuple[str, ...]
    is_cut: bool = False


def read_account_export(content: Content, restart_at: int) -> Iterator[Batch]:
    """Yield the entries of the page that are pins, then those that are boards.

    Boards come last, wherever they stand, because only the pins tell their ids.

    Raises:
        FileRefusedError: after all entries, where the page breaks off.
    """
    pins: list[object] = []
    boards: list[object] = []
    count = 0
    ends_at = 0
    failure: FileRefusedError | None = None
    try:
        for entry, ends_at in _read_entries(content):
            if _is_pin(entry):
                pins.append(entry)
            elif _is_board(entry) and len(boards) < _MAX_BOARDS:
                boards.append(entry)
            if len(pins) >= _BATCH_ENTRIES:
                yield Batch(pins, records_before=count, ends_at=ends_at)
                count += len(pins)
                pins = []
    except FileRefusedError as exc:
        failure = exc  # what was read comes first
    yield Batch([*pins, *boards], records_before=count, ends_at=ends_at)
    if failure:
        raise failure


def _read_entries(content: Content) -> Iterator[tuple[Entry, int]]:
    """Yield what stands between one link at the start of a line and the next, or a heading."""
    builder = _EntryBuilder()
    ends_at = 0
    failure: FileRefusedError | None = None
    try:
        for token in read_tokens(content):
            ends_at = token.ends_at
            if (entry := builder.feed(token)) is not None:
                yield entry, ends_at
    except FileRefusedError as exc:
        failure = exc
    is_cut = failure is not None and not builder.is_whole
    if (entry := builder.finish()) is not None:
        yield Entry(entry.href, entry.text, entry.lines, is_cut), ends_at
    if failure:
        raise failure


class _EntryBuilder:
    """Collects lines until the next entry begins."""

    def __init__(self) -> None:
        self._href = ""
        self._text = ""
        self._lines: list[str] = []
        self._line = ""
        self._link = ""
        self._is_in_title = False
        self._is_in_heading = False

    @property
    def is_whole(self) -> bool:
        """Say whether the entry in hand has come to its last line, and that line to its end."""
        return not self._line.strip() and is_whole(self._lines)

    def feed(self, token: Token) -> Entry | None:
        """Take a token; return the entry that it ends, if it ends one."""
        kind, name, _, _ = token
        if not kind:
            if not self._is_in_heading and not self._link:
                self._add(name)
        elif name == "br":
            self._end_line()
        elif name in _HEADINGS:
            self._is_in_heading = kind == "<"
            return self.finish() if kind == "<" else None
        elif name != "a":
            return None
        elif kind == "/":
            self._is_in_title = False
            self._link = ""
        elif self._begins_entry():
            finished = self.finish()
            self._href = attribute(token, "href")
            self._is_in_title = True
            return finished
        else:
            # A page shows a long address cut short; the link has all of it.
            self._link = web_address(attribute(token, "href"))
            self._line += self._link
        return None

    def _begins_entry(self) -> bool:
        """Say whether a link that comes here is the next entry, and not part of what was written.

        A person's text may have a link at the start of a line; it stands before the last lines
        of its entry, and the value in front of it has not ended with a comma.
        """
        if self._line.strip():
            return False
        if not self._lines or "/pin/" not in self._href or is_near_end(self._lines):
            return True
        return self._lines[-1].endswith(",") or not any(line.endswith(",") for line in self._lines)

    def _add(self, text: str) -> None:
        if self._is_in_title:
            self._text = (self._text + text)[:_MAX_LINE]
        elif len(self._line) < _MAX_LINE:
            self._line += text

    def _end_line(self) -> None:
        line = " ".join(self._line.split()) if self._line else ""
        self._line, self._link = "", ""
        if line and self._href and len(self._lines) < _MAX_LINES:
            self._lines.append(line)

    def finish(self) -> Entry | None:
        """Return the entry in hand, and start anew."""
        self._end_line()
        entry = Entry(self._href, " ".join(self._text.split()), tuple(self._lines))
        self._href, self._text, self._lines, self._is_in_title = "", "", [], False
        return entry if entry.href else None


def _is_pin(entry: Entry) -> bool:
    return (entry.is_cut or bool(entry.lines)) and bool(_PIN_PATH.search(entry.href))


def _is_board(entry: Entry) -> bool:
    """A board stands with its name and one line with a date."""
    address = _BOARD_PATH.match(entry.href) if len(entry.lines) in {1, 2} else None
    if address is None or "pinterest." not in address[1]:
        return False
    dates = (parse_text_date(line.partition(":")[2].strip().rstrip(",")) for line in entry.lines)
    return any(dates)


class AccountExportReader:
    """Pins and boards of the account export.

    A listed board has a name but no id, a pin has both. The first pin of each board tells which
    id belongs to the name; names win where a file gives one id to several boards.
    """

    is_stateful = True

    def __init__(self) -> None:
        self._name_of_id: dict[str, str] = {}
        self._id_of_name: dict[str, str] = {}

    def begin(self, batch: Batch, member_name: str) -> None:
        """Nothing holds for a whole batch."""

    def skim(self, value: object) -> None:
        """Learn the board of a pin that was read before."""
        if isinstance(value, Entry) and _is_pin(value):
            self._board_of(fields_of(value.lines))

    def read(self, value: object, index: int) -> Unit:
        """Return the pin or the board of an entry."""
        if not isinstance(value, Entry):
            return reject(index, RejectionReason.BAD_TYPE, value)
        try:
            return self._read_pin(value, index) if _is_pin(value) else self._read_board(value)
        except (ValueError, TypeError, KeyError) as exc:
            return reject_odd(list(fields_of(value.lines).items()), index, exc)

    def _read_board(self, entry: Entry) -> BoardRef:
        name = clean(entry.text, MAX_NAME_LENGTH)
        board_id = self._id_of_name.get(name.casefold(), "")
        return BoardRef(board_key(board_id, name), name, absolute_address(entry.href))

    def _read_pin(self, entry: Entry, index: int) -> SavedItem | Rejection:
        fields = fields_of(entry.lines)
        pin_id = pin_id_in_address(entry.href)
        if not pin_id:
            return Rejection(
                index,
                Outcome.FAILED,
                RejectionReason.NO_ID,
                detail="The address of the pin holds no id.",
                excerpt=clean(entry.href, 500),
            )
        if entry.is_cut:
            raw = {"url": entry.href, **fields}
            ref = f"pin:{pin_id}"
            return reject(index, RejectionReason.RECORD_INVALID, raw, ref=ref, detail=_CUT)
        return self._item_of(entry, index, pin_id, fields)

    def _item_of(self, entry: Entry, index: int, pin_id: str, fields: dict[str, str]) -> SavedItem:
        is_alive = truth_of(fields.get("Alive")) is not False
        link_url = web_address(fields.get("Canonical Link"))
        is_video = truth_of(fields.get("Is Video")) is True
        alt_text = clean(fields.get("Alt Text"), MAX_TITLE_LENGTH)
        image = fields.get("Image", "")
        media = None
        if is_alive:
            media = picture_of_signature(image.lower()) or picture_of_address(image)
        status = MediaStatus.LINK_ONLY if link_url else MediaStatus.METADATA_ONLY
        return SavedItem(
            index=index,
            source=Source.PINTEREST,
            ref=f"pin:{pin_id}",
            title=clean(fields.get("Title"), MAX_TITLE_LENGTH),
            text=clean(fields.get("Details")),
            alt_text=alt_text,
            link_url=link_url,
            source_url=f"https://www.pinterest.com/pin/{pin_id}/",
            domain=domain_of(link_url),
            kind="video" if is_video else "pin",
            saved_at=parse_text_date(fields.get("Created at", "")),
            is_removed_at_source=not is_alive,
            is_secret=truth_of(fields.get("Private")) is True,
            media_status=MediaStatus.IMAGE if media else status,
            media=(media,) if media else (),
            boards=self._board_of(fields),
            raw=_raw_of(entry, fields),
        )

    def _board_of(self, fields: dict[str, str]) -> tuple[BoardRef, ...]:
        name = clean(fields.get("Board Name"), MAX_NAME_LENGTH)
        board_id = digits_of(fields.get("Board Id"))
        is_secret = truth_of(fields.get("Private")) is True
        if not name:
            name = self._name_of_id.get(board_id, "")
        if not name and not board_id:
            return ()
        if name and board_id and self._name_of_id.setdefault(board_id, name) != name:
            board_id = ""
        if name and board_id:
            self._id_of_name.setdefault(name.casefold(), board_id)
        return (BoardRef(board_key(board_id, name), name, is_secret=is_secret),)


def _raw_of(entry: Entry, fields: dict[str, str]) -> bytes:
    raw = {"url": entry.href, **fields}
    packed = canonical_json(raw)
    return packed if _NUL not in packed else canonical_json(strip_unstorable(raw))
