"""Boxes of Meta's pages whose body is a table of labels and values, as Instagram writes them."""

import re
from collections.abc import Iterable

from connectors.readers.html_tokens import Token, attribute
from connectors.readers.meta.html_dates import parse_meta_date
from connectors.readers.meta.names import names_collections
from connectors.readers.urls import web_address

_FACEBOOK = re.compile(rb"//(?:www\.)?facebook\.com/")


def has_forms(head: bytes, basename: str) -> bool:
    """Say whether the boxes of a page are forms, by its start; on Facebook's they are not."""
    if b"<td" not in head or _FACEBOOK.search(head):
        return False
    return b"instagram.com/" in head or names_collections(basename)


class Form:
    """Collects the rows of the table of one box."""

    def __init__(self) -> None:
        self._rows: list[tuple[list[str], list[str]]] = []

    def open(self, token: Token) -> None:
        """Take a start tag."""
        if token.text == "tr":
            self._rows.append(([""], []))
        elif token.text == "a" and self._rows:
            self._rows[-1][1].append(attribute(token, "href"))

    def add(self, text: str) -> None:
        """Take text."""
        if self._rows:
            self._rows[-1][0][-1] += text

    def break_line(self) -> None:
        """End a line."""
        if self._rows:
            self._rows[-1][0].append("")

    def fields(self) -> dict[str, dict[str, object]]:
        """Return what the rows say, in the form of the same download in JSON."""
        fields: dict[str, dict[str, object]] = {}
        for lines, links in self._rows:
            label, *values = [line for each in lines if (line := " ".join(each.split()))] or [""]
            name = label if label not in fields else f"{label} {len(fields)}"
            fields[name] = _field(values, filter(web_address, links))
        return fields


def _field(values: list[str], links: Iterable[str]) -> dict[str, object]:
    field: dict[str, object] = {}
    texts = []
    for value in values:
        moment = parse_meta_date(value)
        if moment:
            field["timestamp"] = int(moment.timestamp())
        elif not web_address(value):
            texts.append(value)
    if texts:
        field["value"] = "\n".join(texts)
    if href := next(iter(links), ""):
        field["href"] = href
    return field
