"""Addresses of an organization's pages."""

from typing import Any

from django.urls import reverse

from tenants.models import Organization


def org_reverse(org: Organization, name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of page ``name`` of ``org``; arguments are the page's own."""
    if args:
        return reverse(name, args=[org.slug, *args])
    return reverse(name, kwargs={"org_slug": org.slug, **kwargs})
