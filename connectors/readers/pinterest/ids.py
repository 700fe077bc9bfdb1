"""Identifiers of pins and boards: digits, whatever they were wrapped in."""

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote

_MAX_DIGITS = 30
_PIN_PATH = re.compile(r"/pin/(?:[^/?#]*--)?(\d{1,30})/?(?:[/?#]|$)")
_NODE_PATH = re.compile(r"/pin/([A-Za-z0-9+/_=-]{8,60}?)/?(?:[?#]|$)")
_NODE = re.compile(r"(?:Pin|pin|Board|board):(\d{1,30})")
_SHEET_TEXT = re.compile(r"""=?["'](\d{1,30})"?|(\d{1,15})\.0+""")
_SHORT_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?pin\.it/|/url_shortener/", re.IGNORECASE)
_ID_KEYS = ("id", "entityId", "pin_id", "pinId", "node_id")
_URL_KEYS = ("seo_url", "pin_url", "url")
# Every whole number up to here has a floating-point number of its own.
_MAX_EXACT = 2**53
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")


def digits_of(value: object) -> str:
    """Return an id as digits: from text, an int, or a GraphQL node id; "" for anything else."""
    if value.__class__ is str:
        text = str(value)
        if text.isdigit() and text.isascii() and text[0] != "0":
            return text if len(text) <= _MAX_DIGITS else ""
        return _decode_node(text.strip())
    if isinstance(value, float) and value.is_integer() and value < _MAX_EXACT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value) if value < 10**_MAX_DIGITS else ""
    return ""


def _decode_node(text: str) -> str:
    """Return the digits inside ``UGluOjEyMw==``, which is base64 for ``Pin:123``.

    Also of ``Pin:123`` itself, and of what spreadsheets make of an id: ``="123"``, ``123.0``.
    """
    if text.isdigit() and text.isascii():
        return _canonical(text) if len(text) <= _MAX_DIGITS else ""
    if not text or not text.isascii() or len(text) > 64:  # noqa: PLR2004  # longest node id
        return ""
    if match := _NODE.fullmatch(text) or _SHEET_TEXT.fullmatch(text):
        return _canonical(match[match.lastindex or 1])
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_").decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    match = _NODE.fullmatch(plain)
    return match[1] if match else ""


def _canonical(digits: str) -> str:
    return digits.lstrip("0") or "0"


def pin_id_of(record: Mapping[str, object]) -> str:
    """Return the digits that identify a pin; "" where nothing does."""
    for key in _ID_KEYS:
        value = record.get(key)
        if value and (digits := digits_of(value)):
            return digits
    for key in (*_URL_KEYS, "id"):
        value = record.get(key)
        if isinstance(value, str) and (digits := pin_id_in_address(value)):
            return digits
    return ""


def pin_id_in_address(url: str) -> str:
    """Return the pin id in any address of a pin: plain, with a slug, with a node id."""
    if match := _PIN_PATH.search(url):
        return _canonical(match[1])
    match = _NODE_PATH.search(unquote(url) if "%" in url else url)
    return _decode_node(match[1]) if match else ""


def why_no_id(record: Mapping[str, object]) -> str:
    """Return a sentence on why a record with traces of an id has none; "" for no trace."""
    value = record.get("id")
    text = value.strip() if isinstance(value, str) else ""
    if isinstance(value, float) or _ROUNDED.fullmatch(text):
        return "A spreadsheet has rounded the identifier. Import the file as it was downloaded."
    addresses = (str(record.get(key) or "") for key in _URL_KEYS)
    if any(_SHORT_ADDRESS.search(address) for address in addresses):
        return "A short address (pin.it) does not tell which pin it leads to."
    return ""
