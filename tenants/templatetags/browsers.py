"""Words for browsers in templates."""

from django import template

from tenants.browsers import browser_name

register = template.Library()
register.filter("browser_name", browser_name)
