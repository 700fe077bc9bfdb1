"""The account export that Pinterest itself gives out: one HTML page of ``Key: value`` lines."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

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
from connectors.readers.pinterest.ids import digits_of, pin_id_in_address
from connectors.readers.pinterest.pictures import picture_of_address, picture_of_signature
from connectors.readers.pinterest.pins import reject
from connectors.readers.text import MAX_TITLE_LENGTH, clean, strip_unstorable
from connectors.readers.units import Unit, reject_odd
from connectors.readers.urls import domain_of, web_address

_BATCH_ENTRIES = 500
_MAX_BOARDS = 50_000
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
_LOOKS_PERSONAL = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[^@\s]+@[^@\s]+\.\w|(?:[0-9a-f]{0,4}:){3,}")
_BOARD_PATH = re.compile(r"https?://[^/]*pinterest\.[^/]+/[^/?#]+/[^/?#]+/?(?:[?#]|$)")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_MAX_LINES = 60
_MAX_LINE = 100_000


class Entry(NamedTuple):
    """One entry of the page: an address, its text, and the lines below it."""

    href: str
    text: str
    lines: tuple[str, ...]


def read_account_export(content: Content, restart_at: int) -> Iterator[Batch]:
    """Yield the entries of the page that are pins, then those that are boards.

    Boards come last, wherever they stand, because only the pins tell their ids.
    """
    pins: list[object] = []
    boards: list[object] = []
    count = 0
    ends_at = 0
    for entry, ends_at in _read_entries(content):
        if _is_pin(entry):
            pins.append(entry)
        elif _is_board(entry) and len(boards) < _MAX_BOARDS:
            boards.append(entry)
        if len(pins) >= _BATCH_ENTRIES:
            yield Batch(pins, records_before=count, ends_at=ends_at)
            count += len(pins)
            pins = []
    yield Batch([*pins, *boards], records_before=count, ends_at=ends_at)


def _read_entries(content: Content) -> Iterator[tuple[Entry, int]]:
    """Yield what stands between one link at the start of a line and the next, or a heading."""
    builder = _EntryBuilder()
    token = None
    for token in read_tokens(content):
        if (entry := builder.feed(token)) is not None:
            yield entry, token.ends_at
    if token is not None and (entry := builder.finish()) is not None:
        yield entry, token.ends_at


class _EntryBuilder:
    """Collects lines until the next entry begins."""

    def __init__(self) -> None:
        self._href = ""
        self._text = ""
        self._lines: list[str] = []
        self._line = ""
        self._is_in_title = False
        self._is_in_heading = False

    def feed(self, token: Token) -> Entry | None:
        """Take a token; return the entry that it ends, if it ends one."""
        finished = None
        if token.text in _HEADINGS and token.kind:
            finished = self.finish() if token.kind == "<" else None
            self._is_in_heading = token.kind == "<"
        elif token.kind == "<" and token.text == "br":
            self._end_line()
        elif token.kind == "<" and token.text == "a" and not self._line.strip():
            finished = self.finish()
            self._href = attribute(token, "href")
            self._is_in_title = True
        elif token.kind == "/" and token.text == "a":
            self._is_in_title = False
        elif not token.kind and not self._is_in_heading:
            self._add(token.text)
        return finished

    def _add(self, text: str) -> None:
        if self._is_in_title:
            self._text = (self._text + text)[:_MAX_LINE]
        elif len(self._line) < _MAX_LINE:
            self._line += text

    def _end_line(self) -> None:
        line = " ".join(self._line.split())
        self._line = ""
        if line and self._href and len(self._lines) < _MAX_LINES:
            self._lines.append(line)

    def finish(self) -> Entry | None:
        """Return the entry in hand, and start anew."""
        self._end_line()
        entry = Entry(self._href, " ".join(self._text.split()), tuple(self._lines))
        self._href, self._text, self._lines, self._is_in_title = "", "", [], False
        return entry if entry.href else None


def _is_pin(entry: Entry) -> bool:
    return bool(entry.lines) and bool(re.search(r"/pin/[^/?#]", entry.href))


def _is_board(entry: Entry) -> bool:
    """A board stands with its name and one line with a date."""
    if len(entry.lines) not in {1, 2} or not _BOARD_PATH.match(entry.href):
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
            self._board_of(_fields_of(value.lines))

    def read(self, value: object, index: int) -> Unit:
        """Return the pin or the board of an entry."""
        if not isinstance(value, Entry):
            return reject(index, RejectionReason.BAD_TYPE, value)
        try:
            return self._read_pin(value, index) if _is_pin(value) else self._read_board(value)
        except (ValueError, TypeError, KeyError) as exc:
            return reject_odd(list(_fields_of(value.lines).items()), index, exc)

    def _read_board(self, entry: Entry) -> BoardRef:
        name = clean(entry.text, MAX_NAME_LENGTH)
        board_id = self._id_of_name.get(name.casefold(), "")
        return BoardRef(board_key(board_id, name), name, absolute_address(entry.href))

    def _read_pin(self, entry: Entry, index: int) -> SavedItem | Rejection:
        fields = _fields_of(entry.lines)
        pin_id = pin_id_in_address(entry.href)
        if not pin_id:
            return Rejection(
                index,
                Outcome.FAILED,
                RejectionReason.NO_ID,
                detail="The address of the pin holds no id.",
                excerpt=clean(entry.href, 500),
            )
        is_alive = fields.get("Alive", "").casefold() != "false"
        link_url = web_address(fields.get("Canonical Link"))
        is_video = fields.get("Is Video", "").casefold() == "true"
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
            is_secret=fields.get("Private", "").casefold() == "true",
            media_status=MediaStatus.IMAGE if media else status,
            media=(media,) if media else (),
            boards=self._board_of(fields),
            raw=_raw_of(entry, fields),
        )

    def _board_of(self, fields: dict[str, str]) -> tuple[BoardRef, ...]:
        name = clean(fields.get("Board Name"), MAX_NAME_LENGTH)
        board_id = digits_of(fields.get("Board Id"))
        is_secret = fields.get("Private", "").casefold() == "true"
        if not name:
            name = self._name_of_id.get(board_id, "")
        if not name and not board_id:
            return ()
        if name and board_id and self._name_of_id.setdefault(board_id, name) != name:
            board_id = ""
        if name and board_id:
            self._id_of_name.setdefault(name.casefold(), board_id)
        return (BoardRef(board_key(board_id, name), name, is_secret=is_secret),)


def _fields_of(lines: tuple[str, ...]) -> dict[str, str]:
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


def _raw_of(entry: Entry, fields: dict[str, str]) -> bytes:
    raw = strip_unstorable({"url": entry.href, **fields})
    return canonical_json(raw)
