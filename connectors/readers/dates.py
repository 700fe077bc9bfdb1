"""The spellings of time in export files. Naive means UTC; what is not understood is None."""

import datetime as dt
import re

_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_RFC2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2})"
    r"(?:\s*(?:([+-])(\d{2})(\d{2})|[A-Z]{1,4}))?$"
)
_NUMERIC = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$")
_MILLISECONDS_ABOVE = 10**11
_MICROSECONDS_ABOVE = 10**14
_LATEST = 10**18
_MAX_TEXT = 64
_RFC_LENGTH = 31
_read_iso = dt.datetime.fromisoformat


def parse_date(value: object) -> dt.datetime | None:
    """Return the instant that any spelling of a source means."""
    if value.__class__ is str:
        return parse_text_date(str(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return parse_timestamp(value)
    return None


def parse_timestamp(value: float) -> dt.datetime | None:
    """Return the instant of Unix seconds, or of milliseconds where the number is that big."""
    if not 0 < value <= _LATEST:
        return None
    if value > _MICROSECONDS_ABOVE:
        value /= 1_000_000
    elif value > _MILLISECONDS_ABOVE:
        value /= 1_000
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def parse_text_date(text: str) -> dt.datetime | None:
    """Return the instant of a written date, English or numeric."""
    # The common spelling, "Wed, 09 Feb 2022 06:09:17 +0000", is read without a pattern.
    if len(text) == _RFC_LENGTH and text.endswith("+0000"):
        try:
            return _read_iso(f"{text[12:16]}-{_MONTHS[text[8:11]]}-{text[5:7]}T{text[17:25]}+00:00")
        except (ValueError, KeyError):
            pass
    text = text.strip()
    if not text or len(text) > _MAX_TEXT:
        return None
    if text.isascii() and text.isdigit():
        return parse_timestamp(int(text))
    try:
        return _parse_numeric(text) or _parse_rfc2822(text) or _parse_iso(text)
    except (ValueError, KeyError, OverflowError):
        return None


def _parse_numeric(text: str) -> dt.datetime | None:
    match = _NUMERIC.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)


def _parse_rfc2822(text: str) -> dt.datetime | None:
    match = _RFC2822.match(text)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, off_hour, off_minute = match.groups()
    zone: dt.tzinfo = dt.UTC
    if sign:
        offset = dt.timedelta(hours=int(off_hour), minutes=int(off_minute))
        zone = dt.timezone(-offset if sign == "-" else offset)
    moment = dt.datetime(
        int(year), int(_MONTHS[month]), int(day), int(hour), int(minute), int(second), tzinfo=zone
    )
    return moment.astimezone(dt.UTC)


def _parse_iso(text: str) -> dt.datetime | None:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC)
