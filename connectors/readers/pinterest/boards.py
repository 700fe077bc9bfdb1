"""The boards that a pin names."""

from collections.abc import Mapping
from typing import Any

from connectors.items import BoardRef
from connectors.readers.pinterest.ids import digits_of
from connectors.readers.text import clean
from connectors.readers.urls import web_address

MAX_NAME_LENGTH = 500
_HOST = "https://www.pinterest.com"
_MAX_CACHED = 10_000


class BoardCache:
    """Builds each distinct board of a file once: files repeat few boards many times."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[BoardRef, ...]] = {}

    def boards_of(self, record: Mapping[str, Any]) -> tuple[BoardRef, ...]:
        """Return the board of a pin, as a tuple of one, or of none."""
        board = record.get("board")
        section = record.get("section")
        if board.__class__ is dict:
            key: object = (
                board.get("id"),
                board.get("name"),
                board.get("url"),
                board.get("privacy"),
                section.get("title") if isinstance(section, dict) else section,
            )
        else:
            key = (board, record.get("board_name"), record.get("board_id"), str(section))
        try:
            known = self._known.get(key)
        except TypeError:  # a field that should be text is a list
            return _build(record)
        if known is None:
            known = _build(record)
            if len(self._known) < _MAX_CACHED:
                self._known[key] = known
        return known


def board_key(board_id: str, name: str) -> str:
    """Return what identifies a board: its id, else its name."""
    return f"board:{board_id}" if board_id else f"name:{name.casefold()}"


def absolute_address(path: object) -> str:
    """Return an address at Pinterest from a path or an address; "" where it is neither."""
    if isinstance(path, str) and path.startswith("/") and not path.startswith("//"):
        path = _HOST + path
    return web_address(path)


def _build(record: Mapping[str, Any]) -> tuple[BoardRef, ...]:
    board = record.get("board")
    fields: Mapping[str, Any] = board if isinstance(board, dict) else {}
    name = clean(fields.get("name"), MAX_NAME_LENGTH)
    if not name:
        loose = board if isinstance(board, str) else record.get("board_name")
        name = clean(loose, MAX_NAME_LENGTH)
    board_id = (
        digits_of(fields.get("id"))
        or digits_of(fields.get("entityId"))
        or digits_of(fields.get("node_id"))
        or digits_of(record.get("board_id"))
    )
    if not board_id and not name:
        return ()
    section = record.get("section")
    title = section.get("title") or section.get("name") if isinstance(section, dict) else section
    return (
        BoardRef(
            key=board_key(board_id, name),
            name=name,
            url=absolute_address(fields.get("url")),
            section=clean(title, MAX_NAME_LENGTH),
            is_secret=str(fields.get("privacy")).casefold() in {"secret", "protected"},
        ),
    )
