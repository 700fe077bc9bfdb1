"""Addresses of an organization's pages."""

import uuid
from functools import lru_cache
from typing import Any

from django.urls import reverse

from tenants.models import Organization

# Stand for the keys in an address; no page has more of them.
_HOLES = tuple(uuid.UUID(int=2**128 - 1 - place) for place in range(4))


def org_reverse(org: Organization, name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of page ``name`` of ``org``; arguments are the page's own.

    A wall of cards asks for hundreds of addresses that differ in their keys only: they are
    made from one.
    """
    values = list(args or kwargs.values())
    keys = [value for value in values if isinstance(value, uuid.UUID)]
    holes = iter(_HOLES)
    holed = [next(holes) if isinstance(value, uuid.UUID) else value for value in values]
    address = _reverse(name, org.slug, tuple(() if args else kwargs), tuple(holed))
    for hole, key in zip(_HOLES, keys, strict=False):
        address = address.replace(str(hole), str(key))
    return address


@lru_cache(maxsize=512)
def _reverse(name: str, slug: str, names: tuple[str, ...], values: tuple[Any, ...]) -> str:
    # ``reverse`` takes arguments by place or by name, never both.
    if names or not values:
        named = dict(zip(names, values, strict=True))
        return reverse(name, kwargs={"org_slug": slug, **named})
    return reverse(name, args=[slug, *values])
