"""A page without what no picture depends on, in one linear pass.

The parser builds a tree, and takes time by the square of its depth and of the number of a tag's
attributes. So it gets only those tags that can matter, in a tree that is nowhere deep.
"""

import html
import re
from dataclasses import dataclass, field
from typing import Final

# Tags that are handed on; 10 MB of the shortest pictures are a multiple of it.
MAX_TAGS: Final = 40_000
MAX_DEPTH: Final = 12
MAX_ATTRIBUTES: Final = 200
# In all, of what JSON and CSS parsers get.
MAX_JSON_CHARS: Final = 4 * 1024**2
MAX_CSS_CHARS: Final = 1024**2

# As browsers cut a tag: quotes count only behind "=", and a tag goes on to the next ">".
_S: Final = r"[\t\n\f\r ]"
_ATTRIBUTE: Final = (
    rf"[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rf"(?:{_S}*+={_S}*+(?:\"[^\"]*+\"|'[^']*+'|[^\t\n\f\r >\"'][^\t\n\f\r >]*+)?+)?+"
)
_TAG = re.compile(
    rf"<(?:(!--)|(/?)([a-zA-Z][^\t\n\f\r />]*+)((?:[\t\n\f\r /]++|{_ATTRIBUTE})*+)>?)"
)
_EACH_ATTRIBUTE = re.compile(_ATTRIBUTE)
_LONG_TAG: Final = 2 * MAX_ATTRIBUTES
_COMMENT_END = re.compile(r"--!?>")
_RAW_END: Final = {
    name: re.compile(rf"</{name}[\t\n\f\r />]", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_SINGLE: Final = frozenset(
    {"img", "image", "source", "link", "meta", "base", "amp-img", "amp-anim"}
)
_CONTAINERS: Final = frozenset(
    {"a", "picture", "figure", "figcaption", "noscript", "template", "video", "audio", "amp-video"}
)
# Within themselves they begin anew.
_NEVER_NESTED: Final = frozenset({"a", "picture", "noscript", "figcaption"})
_WITH_TEXT: Final = frozenset({"a", "figcaption", "noscript"})
_FOREIGN: Final = frozenset({"svg", "math"})
_BREAKS: Final = frozenset({"br", "p", "div", "li", "td", "h1", "h2", "h3", "h4", "h5", "h6"})
_OBJECTS: Final = frozenset({"object", "embed"})
_SHADOW = re.compile(r"shadowroot", re.IGNORECASE)
# Attributes of any tag that may name a picture.
_CARRIES = re.compile(
    r"url\(|image-set\(|\bitemprop|\bdata-[\w-]*(?:bg|back|src|image|img|poster|original|lazy|large"
    r"|full|hires|zoom|thumb|photo)",
    re.IGNORECASE,
)
_LINK_MATTERS = re.compile(
    r"\.(?:jpe?g|jpe|jfif|png|gif|webp|avif|bmp)\b|url\(|\bitemprop|\bdata-[\w-]*b(?:g|ack)",
    re.IGNORECASE,
)
_IS_JSON_LD = re.compile(r"\btype\s{0,9}=\s{0,9}[\"']?\s{0,9}application/ld\+json", re.IGNORECASE)
_IS_DATA = re.compile(
    r"\btype\s{0,9}=\s{0,9}[\"']?[^\"'>]{0,40}(?:json|template|html|text/x-)", re.IGNORECASE
)
_LONG_DATA = re.compile(r"(data:[\w/.+-]{1,40};base64,)[A-Za-z0-9+/=%]{100,}+")
_ESCAPED_TAG = re.compile(r"&lt;\s*(?:img|picture)\b", re.IGNORECASE)


@dataclass(slots=True)
class Reduced:
    """What is left of a page.

    Attributes:
        markup: shallow HTML for the parser; ``x-json`` and ``x-style`` stand where texts stood,
            ``x-tag`` for any tag whose attributes may name a picture.
        json_texts: of JSON-LD.
        styles: of ``style``.
        title: of the window, with its entities.
        scripts: how many there are that run.
        text_chars: of visible text.
    """

    markup: str = ""
    json_texts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    title: str = ""
    scripts: int = 0
    text_chars: int = 0


def reduce_page(text: str) -> Reduced:
    """Return what the search for pictures needs of a page."""
    return _Reduction(_LONG_DATA.sub(r"\1", text)).run()


class _Reduction:
    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._open: list[str] = []
        # Of each open tag: how many parts and tags there were before it.
        self._begun: list[tuple[int, int]] = []
        self._tags = 0
        self._foreign = ""
        self._json_left, self._css_left = MAX_JSON_CHARS, MAX_CSS_CHARS
        self._result = Reduced()

    def run(self) -> Reduced:
        self._pass_over(self._text, is_nested=False)
        self._result.markup = "".join(self._parts)
        return self._result

    def _pass_over(self, text: str, *, is_nested: bool) -> None:
        at = 0
        while self._tags < MAX_TAGS and (match := _TAG.search(text, at)):
            self._take_text(text[at : match.start()], is_nested=is_nested)
            at = match.end()
            comment, slash, name, attributes = match.groups()
            if comment:
                end = _COMMENT_END.search(text, match.start() + 4 - 2)
                if end is None:
                    return
                at = end.end()
            elif slash:
                self._end(name.lower())
            else:
                name = name.lower()
                if name in _RAW_END and not self._foreign:
                    at = self._take_raw(name, attributes, text, at)
                else:
                    self._start(name, attributes)
        self._take_text(text[at:], is_nested=is_nested)

    def _take_text(self, text: str, *, is_nested: bool) -> None:
        if not text or text.isspace():
            return
        if "noscript" in self._open:
            if not is_nested and _ESCAPED_TAG.search(text):
                self._pass_over(html.unescape(text), is_nested=True)
            return
        self._result.text_chars += len(text)
        if not _WITH_TEXT.isdisjoint(self._open):
            self._parts.append(text.replace("<", " "))

    def _take_raw(self, name: str, attributes: str, text: str, at: int) -> int:
        """Take a tag whose content is no markup; return where its end tag begins."""
        end = _RAW_END[name].search(text, at)
        stop = end.start() if end else len(text)
        size = stop - at
        if name == "title" and not self._result.title:
            self._result.title = text[at : min(stop, at + 2000)]
        elif name == "style" and size <= self._css_left and "template" not in self._open:
            self._css_left -= size
            self._mark("x-style", self._result.styles, text[at:stop])
        elif name == "script" and _IS_JSON_LD.search(attributes[:2000]):
            if size <= self._json_left:
                self._json_left -= size
                self._mark("x-json", self._result.json_texts, text[at:stop])
        elif name == "script" and not _IS_DATA.search(attributes[:2000]):
            self._result.scripts += 1
        return stop

    def _mark(self, name: str, texts: list[str], text: str) -> None:
        self._emit(f'<{name} n="{len(texts)}"></{name}>')
        texts.append(text)

    def _start(self, name: str, attributes: str) -> None:
        if name in _FOREIGN:
            self._foreign = self._foreign or ("" if attributes.endswith("/") else name)
        if len(attributes) > _LONG_TAG and _has_too_many(attributes):
            return
        if name in _SINGLE:
            self._emit(f"<{name} {attributes}>")
        elif name in _CONTAINERS and not self._foreign:
            if name != "template" or not _SHADOW.search(attributes[:2000]):
                self._begin(name, attributes)
        elif name in _OBJECTS or _CARRIES.search(attributes):
            self._emit(f'<x-tag x-name="{name if name in _OBJECTS else ""}" {attributes}></x-tag>')
        elif name in _BREAKS and not _WITH_TEXT.isdisjoint(self._open):
            self._parts.append(" ")

    def _begin(self, name: str, attributes: str) -> None:
        if name in _NEVER_NESTED and name in self._open:
            self._close(name)
        if len(self._open) < MAX_DEPTH:
            self._open.append(name)
            self._begun.append((len(self._parts), self._tags))
            self._emit(f"<{name} {attributes}>")

    def _end(self, name: str) -> None:
        if name == self._foreign:
            self._foreign = ""
        if name in self._open:
            self._close(name)

    def _close(self, name: str) -> None:
        last = ""
        while last != name:
            last = self._open.pop()
            part, tags = self._begun.pop()
            is_bare = last == "a" and self._tags == tags + 1
            if is_bare and not _LINK_MATTERS.search(self._parts[part]):
                # Most links of a page: they shall not use up what is there for pictures.
                del self._parts[part:]
                self._tags = tags
            else:
                self._parts.append(f"</{last}>")

    def _emit(self, markup: str) -> None:
        self._tags += 1
        self._parts.append(markup)


def _has_too_many(attributes: str) -> bool:
    found = _EACH_ATTRIBUTE.finditer(attributes)
    return sum(1 for _, _ in zip(found, range(MAX_ATTRIBUTES + 1), strict=False)) > MAX_ATTRIBUTES
