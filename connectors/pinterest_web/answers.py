"""What an answer of the endpoint means for the pin that was asked for.

==========================  ====================================================================
answer                      means
==========================  ====================================================================
200, JSON, that very pin    `Found`
200, JSON, another pin      ``other_pin``: a related pin in place of one that is missing
200, HTML                   refused: the page where people sign in
200, JSON that breaks off   ``bad_response``: asked for again
3xx to a page to sign in    refused
3xx to another pin          ``other_pin``
3xx to anywhere else        ``bad_response``: the endpoint has moved, of the pin it says nothing
401, 403                    refused: the session has ended, or nobody may see the pin
404 of a pin (code 50)      ``not_found``: the pin is gone
404 otherwise               ``bad_response``: the endpoint is gone, of the pin it says nothing
429; 5xx with Retry-After   `Busy`: all who ask wait
5xx                         ``source_unavailable``: asked for again
==========================  ====================================================================
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from connectors.guard import Answer
from connectors.items import SavedItem
from connectors.pinterest_web.details import (
    GONE,
    OTHER_PIN,
    UNREADABLE,
    Detail,
    Found,
    Missed,
    Wanted,
)
from connectors.readers.json_values import parse_value
from connectors.readers.pinterest.ids import digits_of, pin_digits
from connectors.readers.pinterest.pins import PinNormalizer
from connectors.readers.units import ODD_ERRORS

_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 200, 401, 403, 404, 429
_REDIRECTS: Final = range(300, 400)
_SERVER_ERRORS: Final = range(500, 600)
# The endpoint's own code of a pin that is not there.
_NO_SUCH_PIN: Final = 50
# Characters that no column takes come as such escapes, and so do many that any column takes.
_MAY_BE_ODD: Final = re.compile(rb"\\u(?:0000|[dD])")
_SIGN_IN: Final = ("/login", "/signup")
SENTENCES: Final = {
    GONE: "The pin is gone at Pinterest.",
    OTHER_PIN: "Pinterest answered with another pin; nothing of it was taken.",
    UNREADABLE: "What Pinterest says of the pin cannot be read.",
    "forbidden": "Pinterest does not let anybody see the pin.",
    "bad_response": "Pinterest answered something we cannot use.",
    "network": "Pinterest could not be reached.",
    "payload_too_large": "Pinterest says more of the pin than we take.",
    "source_timeout": "Pinterest did not answer in time.",
    "source_unavailable": "Pinterest had trouble of its own.",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """The session is not accepted, or not for this pin: which of both, only others tell."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Too much was asked for.

    Attributes:
        wait_s: as the source asked; None where it named no time.
    """

    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Another try may bring what this one did not; ``code`` is of ``ingestion.codes``."""

    code: str


Meaning: TypeAlias = "Detail | Refused | Busy | Trouble"


class Reader:
    """Reads the answers of one stream."""

    def __init__(self) -> None:
        self._normalizer = PinNormalizer()
        self._count = 0

    def read(self, wanted: Wanted, answer: Answer) -> Meaning:
        """Return what ``answer`` means."""
        if answer.status == _OK:
            return self._read_ok(wanted, answer)
        if answer.status == _NOT_FOUND:
            return _read_absence(wanted, answer)
        if answer.status in _REDIRECTS:
            return _read_redirect(wanted, answer.headers.get("location", ""))
        return _read_refusal(answer)

    def _read_ok(self, wanted: Wanted, answer: Answer) -> Meaning:
        if "json" not in answer.media_type:
            return Refused() if "html" in answer.media_type else Trouble("bad_response")
        told = _told(answer)
        if told is None:
            return Trouble("bad_response")
        if _is_absence(told):
            return missed(wanted, GONE)
        record = told.get("data")
        if not isinstance(record, dict) or not record:
            return Trouble("bad_response")
        return self._read_record(wanted, record, is_storable=not _MAY_BE_ODD.search(answer.content))

    def _read_record(self, wanted: Wanted, record: dict[str, Any], *, is_storable: bool) -> Detail:
        """Return the pin, if it is the one: each id that the record bears has to say so."""
        named = {digits_of(record[key]) for key in ("id", "node_id") if record.get(key)}
        if record.get("type", "pin") != "pin" or named != {wanted.pin_id}:
            return missed(wanted, OTHER_PIN if named else UNREADABLE)
        self._count += 1
        try:
            item = self._normalizer.read(
                record, self._count, drops_promoted=False, is_storable=is_storable
            )
        except ODD_ERRORS:
            # Of this record alone: it must not end what others are asked for.
            return missed(wanted, UNREADABLE)
        if not isinstance(item, SavedItem):
            return missed(wanted, UNREADABLE)
        return Found(wanted, item) if item.ref == wanted.ref else missed(wanted, OTHER_PIN)


def missed(wanted: Wanted, code: str, *, tries: int = 1) -> Missed:
    """Return that a pin could not be had."""
    return Missed(wanted, code, SENTENCES[code], tries)


def _read_redirect(wanted: Wanted, to: str) -> Meaning:
    if any(way in to for way in _SIGN_IN):
        return Refused()
    is_other = pin_digits(to) not in ("", wanted.pin_id)
    return missed(wanted, OTHER_PIN) if is_other else Trouble("bad_response")


def _read_absence(wanted: Wanted, answer: Answer) -> Meaning:
    """Return that the pin is gone where that is said: an endpoint that is gone answers 404 too."""
    told = _told(answer) if "json" in answer.media_type else None
    return missed(wanted, GONE) if told and _is_absence(told) else Trouble("bad_response")


def _read_refusal(answer: Answer) -> Refused | Busy | Trouble:
    if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
        return Refused()
    wait_s = answer.retry_after_s
    is_server_error = answer.status in _SERVER_ERRORS
    if answer.status == _TOO_MANY or (is_server_error and wait_s is not None):
        return Busy(wait_s)
    return Trouble("source_unavailable" if is_server_error else "bad_response")


def _told(answer: Answer) -> Mapping[str, Any] | None:
    """Return what the endpoint says within its envelope; None where it is no such answer."""
    found = parse_value(answer.content)
    told = found.get("resource_response") if isinstance(found, dict) else None
    return told if isinstance(told, dict) else None


def _is_absence(told: Mapping[str, Any]) -> bool:
    error = told.get("error")
    error = error if isinstance(error, dict) else {}
    return _NO_SUCH_PIN in (error.get("code"), told.get("code"))
