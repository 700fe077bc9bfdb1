"""Times on pages."""

import datetime as dt

from django.template import Context, Template
from django.utils import timezone

PLUS_TWO = dt.timezone(dt.timedelta(hours=2))


def shown(at: dt.datetime | None, tag: str = "moment") -> str:
    return Template(f"{{% load moments %}}{{% {tag} at %}}").render(Context({"at": at}))


def test_a_time_is_told_in_utc_until_the_script_knows_better() -> None:
    html = shown(dt.datetime(2026, 3, 1, 12, 5, 9, tzinfo=PLUS_TWO))

    assert html == (
        '<time datetime="2026-03-01T10:05:09+00:00" title="2026-03-01 10:05:09 UTC" data-moment>'
        "1 Mar 2026, 10:05 UTC</time>"
    )


def test_no_time_is_nothing() -> None:
    assert shown(None) == ""


def test_an_age_comes_with_what_it_grows_from() -> None:
    at = timezone.now() - dt.timedelta(minutes=2, seconds=5)

    html = shown(at, "ago")

    assert 'data-ago="125"' in html
    assert "2\xa0minutes ago</time>" in html


def test_no_age_is_below_zero() -> None:
    assert 'data-ago="0"' in shown(timezone.now() + dt.timedelta(seconds=30), "ago")
