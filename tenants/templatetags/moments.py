"""Times in templates: in UTC as they come, in the reader's own words once the script has run."""

import datetime as dt

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def moment(at: dt.datetime | None) -> SafeString | str:
    """Return a ``<time>`` that static/js/times.js writes anew in the reader's place and language.

    Its title stays exact, in UTC. Nothing where there is no time to tell.
    """
    if at is None:
        return ""
    utc = at.astimezone(dt.UTC)
    return format_html(
        '<time datetime="{}" title="{}" data-moment>{} UTC</time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        date_format(utc, "j M Y, H:i"),
    )
