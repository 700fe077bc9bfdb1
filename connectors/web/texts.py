"""Texts out of pages: one line, bounded, without signs that nobody sees."""

import html
import re
from typing import Final

MAX_CHARS: Final = 2_000
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ud800-\udfff\s]+")
_TAG = re.compile(r"<[/!a-zA-Z][^<>]*>")


def one_line(text: object) -> str:
    """Return a text with single spaces, at most `MAX_CHARS` long; "" for what is no text."""
    if not isinstance(text, str) or not text:
        return ""
    return _INVISIBLE.sub(" ", text[: MAX_CHARS * 4]).strip()[:MAX_CHARS].rstrip()


def plain(markup: object) -> str:
    """Return the text of a piece of HTML, such as a description within a feed."""
    if not isinstance(markup, str):
        return ""
    text = markup[: MAX_CHARS * 8]
    return (
        one_line(html.unescape(_TAG.sub(" ", text)))
        if "<" in text or "&" in text
        else one_line(text)
    )
