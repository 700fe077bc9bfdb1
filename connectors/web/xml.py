"""XML from strangers: mended where it is broken, without entities, DTD or network."""

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

# Words within the addresses of the name spaces that matter.
_SPACES: Final = (
    ("search.yahoo.com/mrss", "media"),
    ("sitemap-image", "image"),
    ("sitemap-video", "video"),
    ("podcast-1.0.dtd", "itunes"),
    ("modules/content", "content"),
)
_ROOT = re.compile(r"<([a-zA-Z][\w:.-]{0,60})")
_PROLOGUE = re.compile(
    r"\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\]\s*+)?>", re.DOTALL
)
_PROLOGUE_CHARS: Final = 20_000
_MAX_PARTS: Final = 50

Element = Any


def root_name(text: str) -> str:
    """Return the name of the first element, without prefix and in lower case; "" without one."""
    text = text[:_PROLOGUE_CHARS]
    at = 0
    for _ in range(_MAX_PARTS):
        match = _PROLOGUE.match(text, at)
        if match is None:
            break
        at = match.end()
    found = _ROOT.match(text, at)
    return found[1].rpartition(":")[2].lower() if found else ""


def parse(content: bytes, *, charset: str) -> Element | None:
    """Return the root of a document as far as it can be read; None where nothing can.

    Args:
        charset: that of the header; "" leaves it to the document.
    """
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding=charset or None,
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def names(element: Element) -> tuple[str, str]:
    """Return the well-known prefix of an element and its local name, both in lower case."""
    tag = element.tag
    if not isinstance(tag, str):
        return "", ""
    space, brace, local = tag.rpartition("}")
    if brace:
        lowered = space.lower()
        return next((short for word, short in _SPACES if word in lowered), ""), local.lower()
    # Where a prefix was never declared the parser leaves it where it is.
    prefix, _, local = tag.rpartition(":")
    return prefix.lower(), local.lower()


def children(element: Element, prefix: str, local: str) -> Iterator[Element]:
    """Yield the children of one name."""
    return (child for child in element if names(child) == (prefix, local))


def text_of(element: Element, prefix: str, local: str) -> str:
    """Return the text of the first child of one name; "" where there is none."""
    found = next(children(element, prefix, local), None)
    return "" if found is None else inner_text(found)


def inner_text(element: Element) -> str:
    """Return all text in an element."""
    # Of elements only: an entity that is not resolved would leave its name.
    return "".join(element.itertext("*")).strip()


def get(element: Element, name: str) -> str:
    """Return an attribute, whatever its case; "" where there is none."""
    found = element.get(name)
    if found is None:
        found = next((value for key, value in element.items() if key.lower() == name), "")
    return str(found)


def markup(element: Element) -> str:
    """Return an element as it is written."""
    written = etree.tostring(element, encoding="unicode", with_tail=False)
    return re.sub(r"(</?)[a-zA-Z]\w{0,20}:", r"\1", str(written))
