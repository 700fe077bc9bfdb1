"""The sheet that all icons are drawn from."""

from functools import cache

from django import template
from django.templatetags.static import static

register = template.Library()


@register.simple_tag
@cache
def icon_sheet() -> str:
    """Return the sheet's address: a page asks for it a hundred times, and it never changes."""
    return static("img/icons.svg")
