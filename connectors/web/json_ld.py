"""JSON-LD as sites write it: with comments, raw line breaks, stray commas, or not at all."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from connectors.web.texts import one_line, plain

MAX_NODES: Final = 20_000
# What stands for a firm or a person rather than for what the page is about.
_PASSED_OVER: Final = frozenset({
    "logo", "publisher", "author", "creator", "contributor", "editor", "provider", "sponsor",
    "sourceorganization", "brand", "manufacturer", "copyrightholder", "comment", "review",
    "potentialaction", "itemlistelement.logo", "accountableperson",
})  # fmt: skip
_PICTURES: Final = (
    "image",
    "primaryimageofpage",
    "photo",
    "photos",
    "screenshot",
    "associatedmedia",
)
_TITLES: Final = ("headline", "name")
_WRAPPING = re.compile(
    r"\A\s*(?:<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>)\s*\Z"
)
# Strings are kept; comments and commas before a closing bracket go.
_MENDABLE = re.compile(
    r"(\"(?:[^\"\\]++|\\.)*+\")|/\*(?:[^*]++|\*(?!/))*+\*/|//[^\n\r]*+|,(?=\s*+[}\]])", re.DOTALL
)
_DIMENSION = re.compile(r"\s*(\d{1,5})")


@dataclass(frozen=True, slots=True)
class LinkedPicture:
    """A picture that JSON-LD names.

    Attributes:
        urls: as written, the best first.
        is_main: it is the ``image`` of something, rather than a node by itself.
    """

    urls: tuple[str, ...]
    width_px: int | None
    height_px: int | None
    caption: str
    is_main: bool


@dataclass(slots=True)
class Linked:
    """What one block says."""

    pictures: list[LinkedPicture]
    title: str = ""
    description: str = ""
    site_name: str = ""


def read_json_ld(text: str) -> Linked:
    """Return what a block says; nothing where it cannot be understood."""
    linked = Linked([])
    nodes = 0
    stack: list[tuple[Any, bool]] = [(value, False) for value in reversed(_parse(text))]
    while stack and nodes < MAX_NODES:
        value, is_main = stack.pop()
        nodes += 1
        if isinstance(value, list):
            stack.extend((one, is_main) for one in reversed(value))
        elif isinstance(value, dict):
            keys = {str(key).lower(): key for key in value}
            _read_node(value, keys, linked, is_main=is_main)
            for lower, key in reversed(keys.items()):
                if lower not in _PASSED_OVER and isinstance(value[key], (dict, list)):
                    stack.append((value[key], lower in _PICTURES))
        elif is_main and isinstance(value, str):
            linked.pictures.append(LinkedPicture((value,), None, None, "", is_main=True))
    return linked


def _read_node(
    node: dict[str, Any], keys: dict[str, str], linked: Linked, *, is_main: bool
) -> None:
    def get(name: str) -> Any:
        return node[keys[name]] if name in keys else None

    kinds = get("@type")
    kind = {str(one) for one in kinds} if isinstance(kinds, list) else {str(kinds)}
    if is_main or "ImageObject" in kind:
        urls = tuple(
            one for name in ("contenturl", "url", "@value") if isinstance(one := get(name), str)
        )
        if urls:
            caption = plain(get("caption") or get("description") or get("name"))
            width, height = _pixels(get("width")), _pixels(get("height"))
            linked.pictures.append(LinkedPicture(urls, width, height, caption, is_main))
        return
    pictures = [get(name) for name in _PICTURES if get(name)]
    linked.pictures.extend(
        LinkedPicture((one,), None, None, "", is_main=True)
        for one in pictures
        if isinstance(one, str)
    )
    if not pictures:
        linked.pictures.extend(_thumbnails(get("thumbnailurl")))
    if "WebSite" in kind or "Organization" in kind:
        linked.site_name = linked.site_name or one_line(get("name"))
    elif not linked.title:
        linked.title = plain(next((get(name) for name in _TITLES if get(name)), ""))
        linked.description = linked.description or plain(get("description"))


def _thumbnails(value: object) -> Iterator[LinkedPicture]:
    urls = tuple(
        one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)
    )
    if urls:
        yield LinkedPicture(urls[:1], None, None, "", is_main=False)


def _pixels(value: Any) -> int | None:
    if isinstance(value, dict):
        value = value.get("value")
    match = _DIMENSION.match(str(value)) if isinstance(value, (str, int, float)) else None
    return int(match[1]) or None if match else None


def _parse(text: str) -> list[Any]:
    """Return the values of a block, one after the other; what breaks off or is no JSON is left."""
    text = _WRAPPING.sub("", text).strip()
    found = _decode(text)
    if found is None:
        # Once for the comments, and again for the commas that stood before them.
        for _ in range(2):
            text = _MENDABLE.sub(lambda match: match[1] or "", text)
        found = _decode(text.strip())
    return found or []


def _decode(text: str) -> list[Any] | None:
    decoder = json.JSONDecoder(strict=False)
    values: list[Any] = []
    at = 0
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return values or None
        values.append(value)
        while at < len(text) and text[at] in " \t\r\n;,":
            at += 1
    return values
