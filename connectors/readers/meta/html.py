"""Meta's downloads in the HTML choice: one box for each row, real UTF-8."""

import re
from collections.abc import Iterator

from connectors.errors import FileRefusedError
from connectors.readers.batches import EXCERPT_LENGTH, Batch, Unreadable
from connectors.readers.contents import Content, head_of
from connectors.readers.html_tokens import Token, attribute, break_of, read_tokens
from connectors.readers.meta.html_dates import parse_meta_date
from connectors.readers.meta.html_forms import Form, has_forms
from connectors.readers.meta.names import basename

# One class of the box of a row, in each generation of the pages.
RECORD_CLASSES = (b"_a6-g", b"uiBoxWhite")
_RECORD = frozenset({"_a6-g", "uiBoxWhite"})
_ROLES = {
    "_a6-h": "title",
    "_2lek": "title",
    "_a6-p": "body",
    "_2let": "body",
    "_a72d": "date",
    "_2lem": "date",
    "_a6-o": "date",
}
_BLOCKS = frozenset({"div", "p", "br", "li", "tr", "td", "h2", "h3", "footer", "section", "span"})
_BATCH_ROWS = 500
_MAX_ROW_TEXT = 200_000
_HEAD_BYTES = 1024 * 1024


def read_meta_html(content: Content, restart_at: int) -> Iterator[Batch]:
    """Yield the rows of a page in the form of JSON rows.

    Where no class is known, each second-level heading begins a row. Of a page that breaks off
    within a row, the half of it is no row.

    Raises:
        FileRefusedError: after all rows, where the page breaks off.
    """
    head = head_of(content, _HEAD_BYTES)
    builder = _RowBuilder(
        has_classes=any(name in head for name in RECORD_CLASSES),
        has_forms=has_forms(head, basename(content.name)),
    )
    rows: list[object] = []
    count, ends_at = 0, 0
    failure: FileRefusedError | None = None
    try:
        for token in read_tokens(content):
            ends_at = token.ends_at
            if (row := builder.feed(token)) is not None:
                rows.append(row)
            if len(rows) >= _BATCH_ROWS:
                yield Batch(rows, records_before=count, ends_at=ends_at, list_name=content.name)
                count += len(rows)
                rows = []
    except FileRefusedError as exc:
        failure = exc  # what was read comes first
    if builder.is_cut(is_page_cut=failure is not None):
        rows.append(builder.cut_row())
        failure = failure or break_of(content)
    elif (row := builder.finish()) is not None:
        rows.append(row)
    if rows:
        yield Batch(rows, records_before=count, ends_at=ends_at, list_name=content.name)
    if failure:
        raise failure


class _RowBuilder:
    """Collects title, body, date and links of a box until it ends or the next begins."""

    def __init__(self, *, has_classes: bool, has_forms: bool) -> None:
        self._has_classes = has_classes
        self._has_forms = has_forms
        self._reset()

    def _reset(self) -> None:
        self._is_open, self._box, self._depth = False, "", 0
        self._role = ""
        self._texts: dict[str, list[str]] = {}
        self._links: list[str] = []
        self._files: list[str] = []
        self._form = Form()
        self._length = 0

    def feed(self, token: Token) -> dict[str, object] | None:
        """Take a token; return the row that it ends, if it ends one."""
        if token.kind == "<":
            return self._open(token)
        if token.kind == "/":
            return self._close(token)
        if self._is_open and self._role and self._length < _MAX_ROW_TEXT:
            self._texts.setdefault(self._role, [""])[-1] += token.text
            self._form.add(token.text)
            self._length += len(token.text)
        return None

    def _open(self, token: Token) -> dict[str, object] | None:
        classes = set(attribute(token, "class").split())
        finished = None
        is_new = bool(classes & _RECORD) if self._has_classes else token.text == "h2"
        if is_new:
            # What was open and holds nothing is a box around this one.
            finished = self.finish() or None
            self._is_open, self._box = True, token.text if self._has_classes else ""
        if token.text == self._box:
            self._depth += 1
        role = next((_ROLES[name] for name in classes if name in _ROLES), "")
        if not role:
            role = {"h2": "title", "footer": "date"}.get(token.text, "")
        if role and self._is_open:
            self._role = role
        if token.text == "img" and self._is_open:
            self._files.append(attribute(token, "src"))
        if token.text == "a" and self._is_open and self._role != "date":
            self._links.append(attribute(token, "href"))
        self._break_line(token)
        if self._has_forms:
            self._form.open(token)
        return finished

    def _close(self, token: Token) -> dict[str, object] | None:
        self._break_line(token)
        if not self._has_classes and token.text == "h2":
            self._role = "body"
        if token.text == "main":
            self._role = ""
        if token.text == self._box:
            self._depth -= 1
            if not self._depth:
                return self.finish()
        return None

    def _break_line(self, token: Token) -> None:
        if token.text not in _BLOCKS:
            return
        if self._role in self._texts:
            self._texts[self._role].append("")
        self._form.break_line()

    def is_cut(self, *, is_page_cut: bool) -> bool:
        """Say whether the row in hand has not come to its end, now that the page has."""
        return self._is_open and (is_page_cut or bool(self._box))

    def cut_row(self) -> Unreadable:
        """Return what stands for the row in hand."""
        words = " ".join([*self._lines("title"), *self._lines("body")])
        return Unreadable("The page breaks off within this record.", words[:EXCERPT_LENGTH])

    def finish(self) -> dict[str, object] | None:
        """Return the row in hand, empty for a box that holds nothing, and start anew."""
        row = self._row() if self._is_open else None
        has_box = bool(self._box)
        self._reset()
        return row if row or has_box else None

    def _row(self) -> dict[str, object]:
        title, body, dates = (self._lines(role) for role in ("title", "body", "date"))
        if fields := self._form.fields():
            return {"title": " ".join(title), "string_map_data": fields}
        if not (title or body or dates or self._links):
            return {}
        if not dates and body and parse_meta_date(body[-1]):
            dates = [body.pop()]
        row: dict[str, object] = {"title": " ".join(title)}
        if dates:
            row["date"] = dates[-1]
            moment = parse_meta_date(dates[-1])
            row["timestamp"] = int(moment.timestamp()) if moment else None
        links = [link for link in self._links if re.match(r"https?://", link)]
        row["attachments"] = _attachments(body, links)
        if files := [name for name in self._files if name and ":" not in name]:
            row["media"] = [{"uri": name} for name in files]
        return row

    def _lines(self, role: str) -> list[str]:
        lines = (" ".join(line.split()) for line in self._texts.get(role, ()))
        return [line for line in lines if line]


def _attachments(body: list[str], links: list[str]) -> list[dict[str, object]]:
    """Return body and link in the place where a JSON row has them."""
    if links:
        context: dict[str, object] = {"source": links[0]}
        if body:
            context["name"] = body[0]
        rest: list[dict[str, object]] = [{"text": line} for line in body[1:]]
        return [{"data": [{"external_context": context}, *rest]}]
    if not body:
        return []
    return [{"data": [{"name": body[0]}, *({"text": line} for line in body[1:])]}]
