"""Pins out of the database of an older scraper, with the pictures that lie beside it."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from connectors.items import MediaStatus, RejectionReason, SavedItem
from connectors.readers.batches import Batch
from connectors.readers.contents import Content
from connectors.readers.embedded import FindPicture, no_picture
from connectors.readers.pinterest.ids import digits_of, pin_digits
from connectors.readers.pinterest.pins import reject
from connectors.readers.sqlite.beside import MAGIC
from connectors.readers.sqlite.copies import DatabaseContent
from connectors.readers.sqlite.rows import Lost, PinTable, place_of
from connectors.readers.text import clean
from connectors.readers.units import PinReader, Unit

_COPIED: Final = (
    *("title", "description", "creator_name", "board_name", "board_id"),
    *("image_urls", "largest_image_url", "query"),
)
_LOST: Final = "The database is damaged here: of this row only the number of its pin can be read."
_GAP: Final = (
    "The database is damaged here. What could be read around it was read; how many rows are lost "
    "cannot be told."
)
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9=_-]{1,64}")
_ENDINGS: Final = (".jpg", ".png", ".gif", ".webp", ".jpeg")
# Less is what the scraper itself took for a broken download.
_LEAST_PICTURE_BYTES: Final = 1_000
_MAX_QUERY: Final = 80


def is_scraper_database(content: DatabaseContent) -> bool:
    """Return whether the database is one that the scraper made."""
    return PinTable(content).is_known


def read_database(content: Content, restart_at: int) -> Iterator[Batch]:
    """Yield the pins of a database from the row at the place ``restart_at`` on."""
    if not isinstance(content, DatabaseContent):
        message = "Only a database has rows."
        raise TypeError(message)
    table = PinTable(content)
    last, size = max(table.last_number(), 1), content.size_bytes or 0
    for rows in table.batches(restart_at):
        values = [row if isinstance(row, Lost) else record_of(row) for _, row in rows]
        ends_at = min(size * max(rows[-1][0], 0) // last, size)
        # There is no run of bytes to search; whether it would be clean was looked at here.
        source = MAGIC[:-1] if all(_is_storable(row) for _, row in rows) else b""
        yield Batch(values, place_of(rows[0][0]), 0, ends_at, source=source)


def _is_storable(row: Mapping[str, object] | Lost) -> bool:
    """Return whether a row holds nothing that a database of texts refuses."""
    if isinstance(row, Lost):
        return True
    texts = (value for value in row.values() if isinstance(value, str))
    return not any("\0" in text or "\\u0000" in text for text in texts)


def record_of(row: Mapping[str, object]) -> dict[str, Any]:
    """Return the pin of a row: what the site said of it, and what only the scraper noted.

    When the row was written is not when the pin was saved, so that is left out.
    """
    record = _parsed(row.get("raw_data"))
    pin_id = row.get("id")
    if digits_of(pin_id) or not record.get("id"):
        record["id"] = pin_digits(str(pin_id or "")) or pin_id
    for name in _COPIED:
        value = row.get(name)
        if value and not record.get(name):
            record[name] = value
    title = record.get("title")
    if isinstance(title, str) and title.startswith("{"):
        record["title"] = _parsed(title) or title
    return record


class ScrapedPinReader(PinReader):
    """Pins of the scraper, tagged with the words that it looked for.

    Attributes:
        find_picture: finds what lies beside the databases.
    """

    def __init__(self) -> None:
        super().__init__(drops_promoted=False)
        self.find_picture: FindPicture = no_picture
        self._folder = ""

    def begin(self, batch: Batch, member_name: str) -> None:
        """Note where the database lies: its pictures lie beside it."""
        super().begin(batch, member_name)
        self._folder = member_name.rpartition("/")[0]

    def read(self, value: object, index: int) -> Unit:
        """Return the pin with the picture that is here, or why there is none."""
        if isinstance(value, Lost):
            ref = f"pin:{digits}" if (digits := pin_digits(value.pin_id)) else ""
            named = {"id": value.pin_id} if value.pin_id else {}
            detail = _LOST if ref else _GAP
            return reject(index, RejectionReason.RECORD_INVALID, named, ref=ref, detail=detail)
        unit = super().read(value, index)
        if not isinstance(unit, SavedItem) or not isinstance(value, dict):
            return unit
        query = clean(value.get("query"), _MAX_QUERY)
        if query and query not in unit.tags:
            unit = dataclasses.replace(unit, tags=(*unit.tags, query))
        return self._with_picture(unit, str(value.get("id") or ""))

    def _with_picture(self, item: SavedItem, name: str) -> SavedItem:
        names = dict.fromkeys((item.ref.removeprefix("pin:"), name))
        for each in names:
            if not _FILE_NAME.fullmatch(each):
                continue
            for ending in _ENDINGS:
                path = f"images/{each}{ending}"
                held = self.find_picture(f"{self._folder}/{path}" if self._folder else path)
                if held is not None and len(held.content) > _LEAST_PICTURE_BYTES:
                    # The same picture once more from the site would be a second one.
                    media = (held, *item.media[1:])
                    return dataclasses.replace(item, media=media, media_status=MediaStatus.IMAGE)
        return item


def _parsed(value: object) -> dict[str, Any]:
    """Return the object that a text spells; an empty one where it spells none."""
    if isinstance(value, str | bytes) and value:
        try:
            found = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
        if isinstance(found, dict):
            return found
    return {}
