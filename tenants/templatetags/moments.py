"""Times in templates: in UTC as they come, in the reader's own words once the script has run."""

import datetime as dt

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
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


@register.simple_tag
def ago(at: dt.datetime) -> SafeString:
    """Return a ``<time>`` that says how long ago something was.

    static/js/times.js keeps it true on a page that stays open. It counts on from the age that is
    told here: the reader's clock may be wrong.
    """
    utc = at.astimezone(dt.UTC)
    age = max(timezone.now() - utc, dt.timedelta())
    return format_html(
        '<time datetime="{}" title="{}" data-ago="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        int(age.total_seconds()),
        naturaltime(utc),
    )
