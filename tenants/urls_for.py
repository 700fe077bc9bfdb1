"""Addresses of an organization's pages."""

import uuid
from functools import lru_cache
from typing import Any

from django.urls import reverse

from tenants.models import Organization

_PLACEHOLDER = uuid.UUID(int=2**128 - 1)


def org_reverse(org: Organization, name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of page ``name`` of ``org``; arguments are the page's own.

    A wall of cards asks for hundreds of addresses that differ in a key only: they are made
    from one.
    """
    values = args or kwargs.values()
    keys = [value for value in values if isinstance(value, uuid.UUID)]
    if len(keys) != 1:
        return _reverse(name, org.slug, args, kwargs)
    key = keys[0]
    shape = _shape(
        name,
        org.slug,
        tuple(_PLACEHOLDER if value is key else value for value in args),
        tuple((k, _PLACEHOLDER if value is key else value) for k, value in kwargs.items()),
    )
    return shape.replace(str(_PLACEHOLDER), str(key))


@lru_cache(maxsize=512)
def _shape(
    name: str,
    slug: str,
    args: tuple[Any, ...],
    kwargs: tuple[tuple[str, Any], ...],
) -> str:
    return _reverse(name, slug, args, dict(kwargs))


def _reverse(name: str, slug: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    # ``reverse`` takes arguments by place or by name, never both.
    if args:
        return reverse(name, args=[slug, *args])
    return reverse(name, kwargs={"org_slug": slug, **kwargs})
