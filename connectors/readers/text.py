"""Text as sources write it, made fit for a database and for people."""

import codecs
import html
import re

from tenants.naming import remove_hidden

MAX_TITLE_LENGTH = 2_000
MAX_TEXT_LENGTH = 20_000
_MAX_NUMBER = 10**18
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Any character that may stand for one byte of a UTF-8 sequence.
_MAYBE_MOJIBAKE = re.compile("[\x80-\xff]{2}")


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as the one-byte encoding that Western programs write."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("magpie_windows", _as_windows)


def decode(data: bytes) -> str:
    """Return text of UTF-8, in which single bytes may stand for Western letters."""
    return data.decode("utf-8", "magpie_windows")


def clean(value: object, limit: int = MAX_TEXT_LENGTH) -> str:
    """Return text stripped and bounded, without what cannot be seen; "" for what is not text.

    Pinterest writes one space for "none"; some fields are objects with ``text`` or ``format``.
    Programs that guess types turn a title like ``1984`` into a number.
    """
    if not isinstance(value, str):
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value) if abs(value) < _MAX_NUMBER else ""
        if not value or not isinstance(value, dict):
            return ""
        value = _text_of_object(value)
    text = value.strip()
    if not text:
        return ""
    if len(text) > limit:
        text = text[:limit]
    return remove_hidden(text).strip()


def _text_of_object(value: dict[str, object]) -> str:
    text = value.get("text")
    if isinstance(text, str) and text.strip():
        return text
    template = value.get("format")
    return template if isinstance(template, str) and "{}" not in template else ""


def strip_unstorable(value: object) -> object:
    """Return a JSON value whose strings and keys hold no NUL and no lone surrogate."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [strip_unstorable(each) for each in value]
    if isinstance(value, dict):
        return {_UNSTORABLE.sub("", key): strip_unstorable(each) for key, each in value.items()}
    return value


def repair_mojibake(value: object) -> object:
    """Return a JSON value whose strings and keys are what Meta meant.

    Meta escapes each byte of UTF-8 as a character of its own. Text that is already right does
    not survive the way back to bytes and stays as it is.
    """
    if isinstance(value, str):
        return _repair(value)
    if isinstance(value, list):
        return [repair_mojibake(each) for each in value]
    if isinstance(value, dict):
        return {_repair(key): repair_mojibake(each) for key, each in value.items()}
    return value


def _repair(text: str) -> str:
    if text.isascii() or not _MAYBE_MOJIBAKE.search(text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def unescape(text: str) -> str:
    """Return HTML text with entities resolved and white space as a page shows it."""
    return " ".join(html.unescape(text).split())
