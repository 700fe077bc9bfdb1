"""Times on pages."""

import datetime as dt

from django.template import Context, Template

PLUS_TWO = dt.timezone(dt.timedelta(hours=2))


def shown(at: dt.datetime | None) -> str:
    return Template("{% load moments %}{% moment at %}").render(Context({"at": at}))


def test_a_time_is_told_in_utc_until_the_script_knows_better() -> None:
    html = shown(dt.datetime(2026, 3, 1, 12, 5, 9, tzinfo=PLUS_TWO))

    assert html == (
        '<time datetime="2026-03-01T10:05:09+00:00" title="2026-03-01 10:05:09 UTC" data-moment>'
        "1 Mar 2026, 10:05 UTC</time>"
    )


def test_no_time_is_nothing() -> None:
    assert shown(None) == ""
