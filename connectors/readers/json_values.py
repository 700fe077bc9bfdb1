"""Parse single JSON values: strictly and fast, else with patience, else not at all."""

import json
import math
import re

import orjson

from connectors.readers.batches import EXCERPT_LENGTH, Unreadable
from connectors.readers.text import decode

# A string, which is kept, or a comma that nothing follows.
# A string that nothing closes reaches to the end: to look for one behind it would take for ever.
_LAST_COMMA = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+"?+)|,(?=\s*+[\]}])', re.DOTALL)


def parse_value(data: bytes) -> object:
    """Return the value of ``data``; an :class:`Unreadable` where it is not one JSON value."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _parse_patiently(data)


def _parse_patiently(data: bytes) -> object:
    """Accept what strict JSON does not and we can store.

    That is bad UTF-8, lone surrogates, bare tabs and commas before a closing bracket. Words and
    digits that stand for no number (``NaN``, ``Infinity``, ``1e999``), which programs write where
    they have no value, become null.
    """
    text = decode(data)
    try:
        return _load(text)
    except json.JSONDecodeError as exc:
        return _parse_without_commas(text, exc)
    except (ValueError, RecursionError) as exc:
        return Unreadable(_explain(exc), text[:EXCERPT_LENGTH])


def _parse_without_commas(text: str, error: json.JSONDecodeError) -> object:
    cleaned = _LAST_COMMA.sub(r"\1", text)
    if len(cleaned) < len(text):
        try:
            return _load(cleaned)
        except (ValueError, RecursionError):
            pass
    return Unreadable(_explain(error), text[:EXCERPT_LENGTH])


def _load(text: str) -> object:
    return json.loads(text, strict=False, parse_constant=_nothing, parse_float=_finite)


def _nothing(_: str) -> None:
    return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _explain(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "The record is nested too deeply."
    if isinstance(error, json.JSONDecodeError):
        return f"The record is not valid JSON: {error.msg} at character {error.pos:,}."
    if "digits" in str(error):
        return "The record holds a number with too many digits."
    return f"The record cannot be read: {error}."
