"""Boards and pins of the API as the values that imports write.

Pins are read by the one normaliser of pins; here is only what the API tells elsewhere.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from connectors.items import BoardRef, JSONValue, Rejection, SavedItem
from connectors.readers.pinterest.boards import MAX_NAME_LENGTH, board_key
from connectors.readers.pinterest.ids import digits_of
from connectors.readers.pinterest.pins import PinNormalizer
from connectors.readers.text import clean

_SECRET: Final = "SECRET"  # noqa: S105  # a word of the API
_FIELDS: Final = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Board:
    """A board as the list of boards tells of it.

    Attributes:
        board_id: digits.
        privacy: ``PUBLIC``, ``PROTECTED`` or ``SECRET``; other words count as public.
        mark: when its pins changed last, and how many they are; equal where nothing changed.
        pin_count: as Pinterest claims it; None where it says nothing.
    """

    board_id: str
    name: str
    privacy: str
    mark: str
    pin_count: int | None

    @property
    def key(self) -> str:
        """Return what identifies the board in the library."""
        return board_key(self.board_id, "")

    @property
    def is_hidden(self) -> bool:
        """Return whether it takes a right of its own to see the board."""
        return self.privacy == _SECRET

    def ref(self, section: str = "") -> BoardRef:
        """Return the board as an item names it."""
        return BoardRef(
            key=self.key,
            name=self.name,
            section=section,
            is_secret=self.privacy in {_SECRET, "PROTECTED"},
        )

    def packed(self) -> JSONValue:
        """Return it for a cursor."""
        return [self.board_id, self.name, self.privacy, self.mark, self.pin_count]

    @classmethod
    def unpacked(cls, value: JSONValue) -> "Board | None":
        """Return what `packed` wrote; None for anything else."""
        if not isinstance(value, list) or len(value) != _FIELDS:
            return None
        board_id, name, privacy, mark, count = value
        known = None if count is None else int(str(count))
        return cls(str(board_id), str(name), str(privacy), str(mark), known)


def read_board(record: object) -> Board | None:
    """Read a board of the list; None where it cannot be told from others."""
    if not isinstance(record, dict) or not (board_id := digits_of(record.get("id"))):
        return None
    count, changed = record.get("pin_count"), record.get("board_pins_modified_at")
    is_told = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    count = count if is_told else None
    return Board(
        board_id,
        clean(record.get("name"), MAX_NAME_LENGTH),
        str(record.get("privacy") or "PUBLIC"),
        f"{changed or ''}/{'' if count is None else count}",
        count,
    )


class PinReader:
    """Reads the pins of an account."""

    def __init__(self) -> None:
        self._pins = PinNormalizer()

    def read(self, record: object, index: int, board: Board, section: str) -> SavedItem | Rejection:
        """Return the item of a pin, on the board that was asked for it."""
        item = self._pins.read(record, index, drops_promoted=False, is_storable=False)
        if isinstance(item, Rejection):
            return item
        return dataclasses.replace(item, boards=(board.ref(section),), is_secret=board.is_hidden)


def section_of(record: object) -> str:
    """Return the id of the section that a pin is in; empty for none."""
    return digits_of(record.get("board_section_id")) if isinstance(record, Mapping) else ""


def read_sections(records: list[Any]) -> dict[str, str]:
    """Return the names of sections by their ids."""
    return {
        section_id: clean(record.get("name"), MAX_NAME_LENGTH)
        for record in records
        if isinstance(record, dict) and (section_id := digits_of(record.get("id")))
    }
