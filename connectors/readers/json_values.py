"""Parse single JSON values: strictly and fast, else with patience, else not at all."""

import json
from typing import NoReturn

import orjson

from connectors.readers.batches import EXCERPT_LENGTH, Unreadable
from connectors.readers.text import decode


def parse_value(data: bytes) -> object:
    """Return the value of ``data``; an :class:`Unreadable` where it is not one JSON value."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _parse_patiently(data)


def _parse_patiently(data: bytes) -> object:
    """Accept what strict JSON does not and we can store: bad UTF-8, lone surrogates, tabs."""
    text = decode(data)
    try:
        return json.loads(text, strict=False, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        return Unreadable("The record is nested too deeply.", text[:EXCERPT_LENGTH])
    except ValueError as exc:
        return Unreadable(_explain(exc), text[:EXCERPT_LENGTH])


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not a JSON number"
    raise ValueError(message)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        _refuse("A number beyond every limit")
    return number


def _explain(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"The record is not valid JSON: {error.msg} at character {error.pos:,}."
    if "digits" in str(error):
        return "The record holds a number with too many digits."
    return f"The record cannot be read: {error}."
