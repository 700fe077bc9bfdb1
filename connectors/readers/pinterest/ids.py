"""Identifiers of pins and boards: digits, whatever they were wrapped in."""

import base64
import binascii
import re
from collections.abc import Mapping

_MAX_DIGITS = 30
_PIN_PATH = re.compile(r"/pin/(?:[^/?#]*--)?(\d{1,30})/?(?:[/?#]|$)")
_NODE_PATH = re.compile(r"/pin/([A-Za-z0-9+/_=-]{8,60}?)/?(?:[?#]|$)")
_NODE = re.compile(r"(?:Pin|pin|Board|board):(\d{1,30})")
_ID_KEYS = ("id", "entityId", "pin_id", "node_id")
_URL_KEYS = ("seo_url", "pin_url", "url")


def digits_of(value: object) -> str:
    """Return an id as digits: from text, an int, or a GraphQL node id; "" for anything else."""
    if value.__class__ is str:
        text = str(value)
        if text.isdigit() and text.isascii():
            return text if len(text) <= _MAX_DIGITS else ""
        return _decode_node(text.strip())
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value) if value < 10**_MAX_DIGITS else ""
    return ""


def _decode_node(text: str) -> str:
    """Return the digits inside ``UGluOjEyMw==``, which is base64 for ``Pin:123``."""
    if text.isdigit() and text.isascii():
        return text
    if not text or not text.isascii() or len(text) > 64:  # noqa: PLR2004  # longest node id
        return ""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_").decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    match = _NODE.fullmatch(plain)
    return match[1] if match else ""


def pin_id_of(record: Mapping[str, object]) -> str:
    """Return the digits that identify a pin; "" where nothing does."""
    for key in _ID_KEYS:
        value = record.get(key)
        if value and (digits := digits_of(value)):
            return digits
    for key in _URL_KEYS:
        value = record.get(key)
        if isinstance(value, str) and (digits := pin_id_in_address(value)):
            return digits
    return ""


def pin_id_in_address(url: str) -> str:
    """Return the pin id in any address of a pin: plain, with a slug, with a node id."""
    if match := _PIN_PATH.search(url):
        return match[1]
    match = _NODE_PATH.search(url)
    return _decode_node(match[1]) if match else ""
