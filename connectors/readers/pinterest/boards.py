"""The boards that a pin names."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from connectors.items import BoardRef
from connectors.readers.pinterest.ids import digits_of
from connectors.readers.text import clean
from connectors.readers.urls import web_address

MAX_NAME_LENGTH = 500
_HOST = "https://www.pinterest.com"
_MAX_CACHED = 10_000
_MAX_BOARDS = 100
_PATH = re.compile(r"https?://[^/]+/[^/?#]+/([^/?#]+)/?(?:[?#]|$)")


class BoardCache:
    """Builds each distinct board of a file once: files repeat few boards many times."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[BoardRef, ...]] = {}

    def boards_of(self, record: Mapping[str, Any]) -> tuple[BoardRef, ...]:
        """Return the boards of a pin: one as a rule, several where they are a list, or none."""
        board = record.get("board")
        section = record.get("section")
        if board.__class__ is list or (board is None and "boards" in record):
            return _build_all(record)
        if board.__class__ is dict:
            if not section:
                section = board.get("section")
            key: object = (
                board.get("id"),
                board.get("name"),
                board.get("url"),
                board.get("privacy"),
                section.get("title") if isinstance(section, dict) else section,
            )
        else:
            names = (record.get("board_name"), record.get("board_id"), record.get("board_url"))
            key = (board, *names, str(section))
        try:
            known = self._known.get(key)
        except TypeError:  # a field that should be text is a list
            return _build(record, board, section)
        if known is None:
            known = _build(record, board, section)
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


def _build_all(record: Mapping[str, Any]) -> tuple[BoardRef, ...]:
    listed = record.get("board") or record.get("boards")
    boards: dict[str, BoardRef] = {}
    for board in listed[:_MAX_BOARDS] if isinstance(listed, list) else [listed]:
        for built in _build({}, board, record.get("section")):
            boards.setdefault(built.key, built)
    return tuple(boards.values())


def _build(record: Mapping[str, Any], board: object, section: object) -> tuple[BoardRef, ...]:
    fields: Mapping[str, Any] = board if isinstance(board, dict) else {}
    loose = board if isinstance(board, str) else record.get("board_name")
    url = absolute_address(fields.get("url") or record.get("board_url") or loose)
    name = clean(fields.get("name") or fields.get("title"), MAX_NAME_LENGTH)
    if not name and not (url and web_address(loose)):
        name = clean(loose, MAX_NAME_LENGTH)
    board_id = (
        digits_of(fields.get("id"))
        or digits_of(fields.get("entityId"))
        or digits_of(fields.get("node_id"))
        or digits_of(record.get("board_id"))
    )
    if not name and not board_id:
        name = _name_in(url)
    if not board_id and not name:
        return ()
    title = section.get("title") or section.get("name") if isinstance(section, dict) else section
    return (
        BoardRef(
            key=board_key(board_id, name),
            name=name,
            url=url,
            section=clean(title, MAX_NAME_LENGTH),
            is_secret=str(fields.get("privacy")).casefold() in {"secret", "protected"},
        ),
    )


def _name_in(url: str) -> str:
    """Return the name that an address of a board tells: its slug, with spaces for hyphens."""
    match = _PATH.match(url)
    return clean(unquote(match[1]).replace("-", " "), MAX_NAME_LENGTH) if match else ""
