"""Which moments are read out of a file, and which are not."""

import datetime as dt

import pytest

from connectors.readers.dates import parse_date
from connectors.readers.meta.html_dates import parse_meta_date

MOMENT = dt.datetime(2022, 2, 9, 6, 9, 17, tzinfo=dt.UTC)
SECONDS = 1_644_386_957


@pytest.mark.parametrize(
    "value",
    [
        "Wed, 09 Feb 2022 06:09:17 +0000",
        "Wed, 9 Feb 2022 06:09:17 GMT",
        "09 Feb 2022 06:09:17",
        "Tue, 08 Feb 2022 22:09:17 -0800",
        "Tue, 08 Feb 2022 22:09:17 PST",
        "2022-02-09T06:09:17",
        "2022-02-09T06:09:17Z",
        "2022-02-09 06:09:17 UTC",
        "2022-02-09T08:09:17+02:00",
        "2022/02/09 06:09:17",
        "20220209060917",
        "Wed Feb 09 2022 08:09:17 GMT+0200 (CEST)",
        "February 9, 2022 06:09:17",
        "09.02.2022 06:09:17",
        SECONDS,
        SECONDS * 1_000,
        SECONDS * 1_000_000,
        SECONDS * 1_000_000_000,
        float(SECONDS),
        str(SECONDS),
        f" {SECONDS}000\n",
        f"{SECONDS}.0",
        "1.644386957e9",
    ],
)
def test_every_spelling_means_the_same_moment(value: object) -> None:
    assert parse_date(value) == MOMENT


@pytest.mark.parametrize(
    ("text", "day"), [("13/02/2022", 13), ("02/13/2022", 13), ("02/02/2022", 2), ("9.2.2022", 9)]
)
def test_a_day_with_slashes_is_read_where_it_can_be_only_one(text: str, day: int) -> None:
    assert parse_date(text) == dt.datetime(2022, 2, day, tzinfo=dt.UTC)


def test_parts_of_a_second_are_kept() -> None:
    assert parse_date("2022-02-09T06:09:17.25Z") == MOMENT.replace(microsecond=250_000)


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "now", "today", "null", "No data", "2 hrs", "2022", "2022-02", "12345"),
        *("02/03/2022", "2022-02-30", "2022-13-01", "00000000000", "Wed, 99 Foo 2022 06:09:17"),
        *("0001-01-01T00:00:00", "0000-00-00 00:00:00", "1970-01-01", "1989-12-31 23:59:59"),
        *("9999-12-31T23:59:59", "2100-01-01", "Wed, 09 Feb 9999 06:09:17 +0000"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2022-02-09T06:09:17+25:00"),
        *(0, 1, -1, 86_400, 253_402_300_799, 10**30, True, None, [], {}),
        *(float("nan"), float("inf"), 1e300, -float("inf")),
    ],
)
def test_what_is_no_date_or_an_absurd_one_is_unknown(value: object) -> None:
    assert parse_date(value) is None


@pytest.mark.parametrize("text", ["Jun 01, 0001 3:31 pm", "Jun 01, 9999", "12/06/2024, 15:31"])
def test_absurd_dates_of_pages_are_unknown_too(text: str) -> None:
    assert parse_meta_date(text) is None


@pytest.mark.parametrize("year", [1990, 2099])
def test_the_first_and_the_last_year_count(year: int) -> None:
    moment = dt.datetime(year, 6, 1, tzinfo=dt.UTC)

    assert parse_date(f"{year}-06-01") == moment
    assert parse_date(moment.timestamp()) == moment
    assert parse_date(int(moment.timestamp() * 1_000)) == moment
