"""Dates as Meta's pages and scrapers write them, with month names in the account's language.

What is in a language that is not listed, could be two months, or lies outside the years that
``dates`` allows, is None.
"""

import datetime as dt
import re
import unicodedata

from connectors.readers.dates import sane

# Each line holds the twelve months of a language. Pages cut names short, with a dot or without.
_LANGUAGES = """
january february march april may june july august september october november december
januar februar märz april mai juni juli august september oktober november dezember
jänner feber maerz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
januari februari maart april mei juni juli augustus september oktober november december
januar februar marts april maj juni juli august september oktober november december
januari februari mars april maj juni juli augusti september oktober november december
januar februar mars april mai juni juli august september oktober november desember
tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
ledna února března dubna května června července srpna září října listopadu prosince
ocak şubat mart nisan mayis haziran temmuz ağustos eylül ekim kasim aralik
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
januari februari maret april mei juni juli agustus september oktober november desember
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
γιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου δεκεμβριου
január február március április május június július augusztus szeptember október november december
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
"""  # noqa: E501, RUF001  # a language stays on its line, in its own letters
_SHORTEST_NAME = 3
_NAME = r"([^\W\d_]{3,12})\.?"
_CLOCK = (
    r"(?:[,\s]+(?:[^\W\d_]{1,6}\.?,?\s+)?(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?"
    r"\s*(?:([ap])\.?\s?m\.?|uhr)?)?"
)
_MONTH_FIRST = re.compile(rf"{_NAME}\s+(\d{{1,2}}),?\s+(\d{{4}}){_CLOCK}$")
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:\.|er|º|ª)?\s+(?:de\s+)?{_NAME},?\s+(?:del?\s+)?(\d{{4}})(?:\s*[^\W\d_]\.)?{_CLOCK}$"
)
_DAY_NUMBER_FIRST = re.compile(rf"(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}){_CLOCK}$")
_YEAR_FIRST = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_CLOCK}$")
_YEAR_NAME_DAY = re.compile(rf"(\d{{4}})\.?\s+{_NAME}\s+(\d{{1,2}})\.?{_CLOCK}$")
_EAST_ASIAN = re.compile(
    r"(\d{4})[年년]\s*(\d{1,2})[月월]\s*(\d{1,2})[日일](?:\s*\(.\))?"
    r"(?:\s*(午前|上午|오전|午後|下午|오후)?\s*(\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
)
_AFTERNOON = frozenset({"午後", "下午", "오후", "p"})
_MAX_LENGTH = 80
_NOON = 12


def _plain(text: str) -> str:
    """Return text in lower case without accents and marks, and with one kind of space."""
    lower = text.casefold().replace("\u0131", "i")
    kept = (
        each
        for each in unicodedata.normalize("NFD", lower)
        if unicodedata.category(each) not in {"Mn", "Cf"}
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _months() -> dict[str, int]:
    """Return the month of each name and each start of one that means a single month.

    English wins where a start means another month elsewhere.
    """
    exact: dict[str, int] = {}
    starts: dict[str, set[int]] = {}
    lines = [_plain(line).split() for line in _LANGUAGES.strip().splitlines()]
    for names in lines:
        for number, name in enumerate(names, 1):
            exact.setdefault(name, number)
            for length in range(_SHORTEST_NAME, len(name)):
                starts.setdefault(name[:length], set()).add(number)
    english = {
        name[:length]: number
        for number, name in enumerate(lines[0], 1)
        for length in range(_SHORTEST_NAME, len(name))
    }
    clear = {start: min(numbers) for start, numbers in starts.items() if len(numbers) == 1}
    return {**clear, **english, **exact}


_MONTHS = _months()


def parse_meta_date(text: str) -> dt.datetime | None:
    """Return the moment of a written date, taken as UTC; None for what is not understood."""
    if len(text) > _MAX_LENGTH:
        return None
    plain = _plain(text)
    try:
        if match := _MONTH_FIRST.match(plain):
            month, day, year, *clock = match.groups()
        elif match := _DAY_FIRST.match(plain) or _DAY_NUMBER_FIRST.match(plain):
            day, month, year, *clock = match.groups()
        elif match := _YEAR_FIRST.match(plain) or _YEAR_NAME_DAY.match(plain):
            year, month, day, *clock = match.groups()
        elif match := _EAST_ASIAN.match(plain):
            year, month, day, half, *clock = match.groups()
            clock.append(half)
        else:
            return None
        number = int(month) if month.isdigit() else _month_number(month)
        return sane(dt.datetime(int(year), number, int(day), *_time(clock), tzinfo=dt.UTC))
    except (ValueError, KeyError):
        return None


def _month_number(name: str) -> int:
    """Return the month of a name, also of one with a case ending (``tammikuuta``)."""
    return _MONTHS[name] if name in _MONTHS else _MONTHS[name.removesuffix("ta")]


def _time(clock: list[str | None]) -> tuple[int, int, int]:
    hour, minute, second = (int(part or 0) for part in clock[:3])
    half = clock[3] or ""
    if half:
        hour = hour % _NOON + (_NOON if half in _AFTERNOON else 0)
    return hour, minute, second
