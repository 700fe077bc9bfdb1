"""Dates as Meta's pages and scrapers write them. What is in another language is None."""

import datetime as dt
import re

_MONTH_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS = {name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)}
_CLOCK = r"(?:,?\s+(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]\.?m\.?)?)?"
_MONTH_FIRST = re.compile(rf"([a-z]{{3,9}})\.?\s+(\d{{1,2}}),?\s+(\d{{4}}){_CLOCK}$")
_DAY_FIRST = re.compile(rf"(\d{{1,2}})\.?\s+([a-z]{{3,9}})\.?,?\s+(\d{{4}}){_CLOCK}$")
_YEAR_FIRST = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_CLOCK}$")
_MAX_LENGTH = 80
_NOON = 12


def parse_meta_date(text: str) -> dt.datetime | None:
    """Return the moment of an English date, taken as UTC; None for what is not understood."""
    plain = " ".join(text.replace("\u202f", " ").replace("\xa0", " ").lower().split())
    if len(plain) > _MAX_LENGTH:
        return None
    try:
        if match := _MONTH_FIRST.match(plain):
            month, day, year, *clock = match.groups()
        elif match := _DAY_FIRST.match(plain):
            day, month, year, *clock = match.groups()
        elif match := _YEAR_FIRST.match(plain):
            year, month, day, *clock = match.groups()
        else:
            return None
        number = int(month) if month.isdigit() else _month_number(month)
        return dt.datetime(int(year), number, int(day), *_time(clock), tzinfo=dt.UTC)
    except (ValueError, KeyError):
        return None


def _month_number(name: str) -> int:
    number = _MONTHS[name[:3]]
    if not _MONTH_NAMES[number - 1].startswith(name) and name != "sept":
        raise KeyError(name)
    return number


def _time(clock: list[str | None]) -> tuple[int, int, int]:
    hour, minute, second = (int(part or 0) for part in clock[:3])
    half = (clock[3] or "")[:1]
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return hour, minute, second
