"""Secrets that this process has in hand, so that no text that it writes holds them.

Patterns know what tokens look like; a shared cookie or another platform's token looks like nothing.
What the vault seals or opens is remembered here, and taken out wherever it stands: in a line of
the log, a traceback, a stored failure. Imports nothing of Django: the logs are set up first.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

# What is shorter is found in words by chance.
SHORTEST: Final = 8
KEPT: Final = 500
HIDDEN: Final = "***"

_known: "OrderedDict[str, None]" = OrderedDict()
_lock: Final = threading.Lock()


def remember_secret(text: str) -> None:
    """Hide ``text`` from now on; of JSON each text in it."""
    found = [value for value in _texts_of(text) if len(value) >= SHORTEST]
    with _lock:
        for value in (*found, *(quote(value, safe="") for value in found)):
            _known[value] = None
            _known.move_to_end(value)
        while len(_known) > KEPT:
            _known.popitem(last=False)


def hide_known(text: str) -> str:
    """Return ``text`` without the secrets that are in hand."""
    with _lock:
        known = [value for value in _known if value in text]
    # The longest first: one may be the beginning of another.
    for value in sorted(known, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def _texts_of(text: str) -> Iterator[str]:
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    yield from _leaves(value) if isinstance(value, list | dict) else [text]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
