"""What every line of the log says of the work that it is about, without being told to.

The names are those of the fields: ``run_id``, ``org_id``, ``job_kind``, ``request_id``.
Identifiers only; a line never says whom or what they stand for.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

from tenants.scope import scoped_org_id

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_fields: ContextVar[Mapping[str, str]] = ContextVar("log_fields", default=_NOTHING)


@contextmanager
def log_context(**fields: object) -> Iterator[None]:
    """Have the lines that are logged within say this too; contexts nest."""
    token = _fields.set(_fields.get())
    try:
        log_also(**fields)
        yield
    finally:
        _fields.reset(token)


def log_also(**fields: object) -> None:
    """Have the lines say this too, until the end of the context that is open."""
    _fields.set({**_fields.get(), **{name: str(value) for name, value in fields.items()}})


def log_fields() -> Mapping[str, str]:
    """Return what a line that is logged here and now should say."""
    known = _fields.get()
    org_id = scoped_org_id()
    # The scope is the nearer truth: a loop over organizations opens one after the other.
    return known if org_id is None else {**known, "org_id": str(org_id)}
