"""The spellings of time in export files.

The rule: what names no zone means UTC; what is not understood, could be two days, or lies
outside the years 1990 to 2099 is None. Nothing is ever taken for "now". Numbers are Unix time
in whichever of seconds, milli-, micro- and nanoseconds lands in those years: never two do.
"""

import datetime as dt
import re

FIRST_YEAR, LAST_YEAR = 1990, 2099
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
_ZONE = r"(?:\s*(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})(?: \(.{1,60}\))?|\s*([A-Z]{1,4}))?"
_RFC2822 = re.compile(
    rf"(?:[A-Za-z]{{3}},\s*)?(\d{{1,2}}) ([A-Z][a-z]{{2}}) (\d{{4}}) {_CLOCK}{_ZONE}$"
)
# What browsers write: "Thu Jul 04 2019 10:10:10 GMT+0200 (CEST)".
_SCRIPT = re.compile(
    rf"[A-Z][a-z]{{2}} ([A-Z][a-z]{{2}}) (\d{{1,2}}) (\d{{4}})(?: {_CLOCK}{_ZONE})?$"
)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([/.-])(\d{{1,2}})\2(\d{{1,2}})(?:[ T]{_CLOCK}{_ZONE})?$")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([/.])(\d{{1,2}})\2(\d{{4}})(?:,? {_CLOCK}{_ZONE})?$")
_WRITTEN = re.compile(rf"([A-Z][a-z]{{2,8}})\.? (\d{{1,2}}),? (\d{{4}})(?:,? {_CLOCK}{_ZONE})?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$")
_NUMBER = re.compile(r"\d{1,20}(?:\.\d{1,9})?(?:e\d{1,2})?$", re.IGNORECASE)
# Of those that RFC 2822 names, hours from UTC.
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_MONTHS_IN_YEAR = 12
_MAX_TEXT = 100
_RFC_LENGTH = 31
_FIRST = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
_END = dt.datetime(LAST_YEAR + 1, 1, 1, tzinfo=dt.UTC)
_FIRST_S, _END_S = _FIRST.timestamp(), _END.timestamp()
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
_read_iso = dt.datetime.fromisoformat


def parse_date(value: object) -> dt.datetime | None:
    """Return the instant that any spelling of a source means."""
    if value.__class__ is str:
        return parse_text_date(str(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return parse_timestamp(value)
    return None


def parse_timestamp(value: float) -> dt.datetime | None:
    """Return the instant of Unix time, whatever its unit."""
    for unit in _UNITS:
        if _FIRST_S * unit <= value < _END_S * unit:
            return dt.datetime.fromtimestamp(value / unit, dt.UTC)
    return None


def parse_text_date(text: str) -> dt.datetime | None:
    """Return the instant of a written date, English or numeric."""
    # The common spelling, "Wed, 09 Feb 2022 06:09:17 +0000", is read without a pattern.
    if len(text) == _RFC_LENGTH and text.endswith("+0000"):
        try:
            moment = _read_iso(
                f"{text[12:16]}-{_MONTHS[text[8:11]]}-{text[5:7]}T{text[17:25]}+00:00"
            )
            return sane(moment)
        except (ValueError, KeyError):
            pass
    text = text.strip()
    if not text or len(text) > _MAX_TEXT:
        return None
    for parse in (_parse_iso, _parse) if text[4:5] == "-" else (_parse,):
        try:
            return sane(parse(text))
        except (ValueError, KeyError, OverflowError):
            continue
    return None


def sane(moment: dt.datetime | None) -> dt.datetime | None:
    """Return a moment that something can have been saved at; None for every other one."""
    if moment is None or not _FIRST <= moment < _END:
        return None
    return moment


def _parse(text: str) -> dt.datetime | None:
    if _NUMBER.match(text):
        return parse_timestamp(float(text) if not text.isdigit() else int(text)) or _compact(text)
    if match := _YEAR_FIRST.match(text):
        year, _, month, day, *rest = match.groups()
    elif match := _RFC2822.match(text):
        day, month, year, *rest = match.groups()
    elif match := _SCRIPT.match(text) or _WRITTEN.match(text):
        month, day, year, *rest = match.groups()
    elif match := _YEAR_LAST.match(text):
        one, mark, two, year, *rest = match.groups()
        day, month = _in_order(one, two, mark)
    else:
        return _parse_iso(text)
    number = int(month) if month.isdigit() else int(_MONTHS[month[:3]])
    return _moment(int(year), number, int(day), rest)


def _in_order(one: str, two: str, mark: str) -> tuple[str, str]:
    """Return day and month; where slashes leave open which is which, there is no date."""
    if mark == "." or int(one) > _MONTHS_IN_YEAR or one == two:
        return one, two
    if int(two) > _MONTHS_IN_YEAR:
        return two, one
    message = "It could be two days."
    raise ValueError(message)


def _moment(year: int, month: int, day: int, rest: list[str | None]) -> dt.datetime:
    hour, minute, second = (int(part or 0) for part in rest[:3])
    sign, off_hour, off_minute, name = rest[3:]
    offset = dt.timedelta(hours=_ZONES.get(name or "", 0))
    if sign:
        offset = dt.timedelta(hours=int(off_hour or 0), minutes=int(off_minute or 0))
        offset = -offset if sign == "-" else offset
    zone = dt.timezone(offset)
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(dt.UTC)


def _compact(text: str) -> dt.datetime | None:
    match = _COMPACT.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)


def _parse_iso(text: str) -> dt.datetime:
    moment = _read_iso(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC)
