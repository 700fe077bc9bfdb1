"""Identifiers of pins and boards: digits, whatever they were wrapped in."""

import binascii
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

_MAX_DIGITS = 30
_PIN_PATH = re.compile(r"/pin/(?:[^/?#]*--)?(\d{1,30})/?(?:[/?#]|$)")
_NODE_PATH = re.compile(r"/pin/([A-Za-z0-9+/_=-]{8,60}?)/?(?:[?#]|$)")
_NODE = re.compile(r"(?:Pin|pin|Board|board):(\d{1,30})")
_PIN_NODE = re.compile(r"[Pp]in:(\d{1,30})")
_SHEET_TEXT = re.compile(r"""=?["'](\d{1,30})"?|(\d{1,15})\.0+""")
_WITH_FRACTION = re.compile(r"(\d{16,30})\.0+")
_SHORT_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?pin\.it/|/url_shortener/", re.IGNORECASE)
_ID_KEYS = ("id", "entityId", "pin_id", "pinId", "node_id")
_URL_KEYS = ("seo_url", "pin_url", "url")
_ADDRESS_KEYS = (*_URL_KEYS, "link")
WAS_ROUNDED = "A spreadsheet has rounded the identifier. Import the file as it was downloaded."
# Every whole number up to here has a floating-point number of its own.
_MAX_EXACT = 2**53
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
# Digits of a whole number that a spreadsheet keeps; it writes zeros for the rest.
_SHEET_DIGITS = 15
# An id with zeros there by chance is one in a thousand: this many zeros in a row of ids are none.
_TELLING_ZEROS = 5


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
    if match := _WITH_FRACTION.fullmatch(text):
        # A number of a program that rounds would be one that it can hold.
        return "" if int(float(match[1])) == int(match[1]) else _canonical(match[1])
    match = _NODE.fullmatch(_unpacked(text))
    return match[1] if match else ""


def _unpacked(text: str) -> str:
    """Return what base64 spells; "" where it is none, or spells no plain text."""
    plain = text.replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def pin_digits(ref: str) -> str:
    """Return the number of the pin that a stored reference means; "" for junk.

    ``pin:123`` and all that ``123`` may be wrapped in, with or without ``pin:`` before it. The
    node id of a board or a person is no pin's, though it holds digits too.
    """
    bare = ref.strip()
    bare = bare[4:] if bare[:4].casefold() == "pin:" else bare
    if bare.isdigit() and bare.isascii():
        digits = digits_of(bare)
    elif "/" in bare:
        digits = pin_id_in_address(bare if bare.startswith(("/", "http")) else f"/{bare}")
        digits = digits or _digits_of_node(bare)
    else:
        digits = _digits_of_node(bare) or ("" if _NODE.fullmatch(bare) else _of_sheet(bare))
    return "" if digits == "0" else digits


def _digits_of_node(text: str) -> str:
    """Return the digits of a pin's node id, packed or plain; "" for any other text."""
    if len(text) > 64 or not text.isascii():  # noqa: PLR2004  # longest node id
        return ""
    match = _PIN_NODE.fullmatch(text) or _PIN_NODE.fullmatch(_unpacked(text))
    return _canonical(match[1]) if match else ""


def _of_sheet(text: str) -> str:
    """Return the id that a spreadsheet wrapped, such as ``="123"``; "" for any other text."""
    return digits_of(text) if _SHEET_TEXT.fullmatch(text) or _WITH_FRACTION.fullmatch(text) else ""


def _canonical(digits: str) -> str:
    return digits.lstrip("0") or "0"


def pin_id_of(record: Mapping[str, object]) -> str:
    """Return the digits that identify a pin; "" where nothing does."""
    for key in _ID_KEYS:
        value = record.get(key)
        if value and (digits := digits_of(value)):
            may_be_rounded = digits[-1] == "0" and len(digits) > _SHEET_DIGITS
            return _unrounded(digits, record) if may_be_rounded else digits
    for key in (*_URL_KEYS, "id"):
        value = record.get(key)
        if isinstance(value, str) and (digits := pin_id_in_address(value)):
            return digits
    return ""


def _unrounded(digits: str, record: Mapping[str, object]) -> str:
    """Return the id that the pin's own address names where ``digits`` are that id, rounded."""
    for key in _ADDRESS_KEYS:
        address = record.get(key)
        if address.__class__ is not str or not address:
            continue
        if digits in str(address):
            return digits
        named = pin_id_in_address(str(address))
        is_near = len(named) == len(digits) and abs(int(named) - int(digits)) < 10 ** (
            len(digits) - _SHEET_DIGITS
        )
        if is_near:
            return named
    return digits


def are_rounded(records: Iterable[object], *, is_likely: bool = False) -> bool:
    """Say whether the ids of these records were rounded: all end with zeros, and too many do.

    Args:
        records: consecutive records of a file.
        is_likely: those before them were, so that a single one is enough.
    """
    zeros = 0
    seen: set[str] = set()
    for record in records:
        value = record.get("id") or record.get("pin_id") if isinstance(record, dict) else None
        digits = digits_of(value) if value else ""
        if len(digits) <= _SHEET_DIGITS:
            zeros += _TELLING_ZEROS if not digits and _is_rounded(value) else 0
            continue
        if digits[_SHEET_DIGITS:].strip("0"):
            return False
        # The same pin on two boards is no second proof.
        identity = f"{digits} {record.get('title')}" if isinstance(record, dict) else ""
        zeros += len(digits) - _SHEET_DIGITS if identity not in seen else 0
        seen.add(identity)
    return zeros >= (1 if is_likely else _TELLING_ZEROS)


def is_proven(pin_id: str, record: Mapping[str, object]) -> bool:
    """Say whether an id cannot have been rounded, or an address of the pin names it too."""
    if len(pin_id) <= _SHEET_DIGITS or pin_id[_SHEET_DIGITS:].strip("0"):
        return True
    return any(pin_id in str(record.get(key) or "") for key in _ADDRESS_KEYS)


def pin_id_in_address(url: str) -> str:
    """Return the pin id in any address of a pin: plain, with a slug, with a node id."""
    if match := _PIN_PATH.search(url):
        return _canonical(match[1])
    match = _NODE_PATH.search(unquote(url) if "%" in url else url)
    return _decode_node(match[1]) if match else ""


def why_no_id(record: Mapping[str, object]) -> str:
    """Return a sentence on why a record with traces of an id has none; "" for no trace."""
    if _is_rounded(record.get("id")):
        return WAS_ROUNDED
    addresses = (str(record.get(key) or "") for key in _URL_KEYS)
    if any(_SHORT_ADDRESS.search(address) for address in addresses):
        return "A short address (pin.it) does not tell which pin it leads to."
    return ""


def _is_rounded(value: object) -> bool:
    """Say whether a value that is no id is what a spreadsheet made of one."""
    text = value.strip() if isinstance(value, str) else ""
    is_number = _ROUNDED.fullmatch(text) or _WITH_FRACTION.fullmatch(text)
    return isinstance(value, float) or is_number is not None
