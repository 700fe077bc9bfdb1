"""Codes of what goes wrong when the details of pins are asked for."""

from typing import Final

from ingestion.code_types import Code, FailureType, Origin, Remedy

PIN_CODES: Final = (
    Code(
        "session_refused",
        FailureType.TRANSIENT,
        Origin.SOURCE,
        "Pinterest refuses whoever asks at the moment; we try again.",
        "The endpoint answers everybody with 403, with a session made anew as well.",
        Remedy.WAIT,
    ),
    Code(
        "other_pin",
        FailureType.DATA,
        Origin.SOURCE,
        "Pinterest told of another pin. Nothing of it was taken.",
        "The record names another pin than the one that was asked for: a related or a merged one.",
    ),
    Code(
        "record_unreadable",
        FailureType.DATA,
        Origin.SOURCE,
        "What Pinterest says of this pin cannot be read.",
        "The answer is JSON, and holds no record of a pin.",
    ),
)
