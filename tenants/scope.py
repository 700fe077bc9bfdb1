"""Whose data the code at hand may touch.

A scope binds an organization (or, before one is known, a person) to a database
transaction: ``set_config(…, is_local => true)`` ends with the transaction, so a pooled or
reused connection carries nothing over. Postgres' row-level security reads the setting;
the managers read the context variable. Both refuse to work without a scope.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connections, transaction

from tenants.errors import OrgScopeMissingError

ORG_SETTING = "app.org"
USER_SETTING = "app.user"

_current_org: ContextVar[uuid.UUID | None] = ContextVar("current_org", default=None)
_current_user: ContextVar[uuid.UUID | None] = ContextVar("current_user", default=None)


def current_org_id() -> uuid.UUID:
    """Return the organization in scope.

    Raises:
        OrgScopeMissingError: no scope is open; a programming error.
    """
    org_id = _current_org.get()
    if org_id is None:
        message = "Tenant data was touched outside an organization's scope; use org_scope()."
        raise OrgScopeMissingError(message)
    return org_id


def scoped_org_id() -> uuid.UUID | None:
    """Return the organization in scope; None where there is none."""
    return _current_org.get()


@contextmanager
def org_scope(org_id: uuid.UUID, *, using: str = "default") -> Iterator[None]:
    """Open a transaction in which exactly the rows of ``org_id`` exist.

    Scopes nest; leaving one brings back the scope around it, in the context and in the
    database, so that a forgotten scope fails inside a test's transaction too. Callbacks of
    ``transaction.on_commit`` run outside: they open a scope of their own.
    """
    with _bound(_current_org, ORG_SETTING, org_id, using=using):
        yield


@contextmanager
def user_scope(user_id: uuid.UUID, *, using: str = "default") -> Iterator[None]:
    """Open a transaction in which a person's organizations and memberships can be read."""
    with _bound(_current_user, USER_SETTING, user_id, using=using):
        yield


@contextmanager
def _bound(
    variable: ContextVar[uuid.UUID | None], setting: str, value: uuid.UUID, *, using: str
) -> Iterator[None]:
    with transaction.atomic(using=using):
        previous = variable.get()
        _set_config(setting, value, using=using)
        token = variable.set(value)
        try:
            yield
        finally:
            variable.reset(token)
        # An exception needs no restoring: the roll-back takes the setting with it.
        if not connections[using].needs_rollback:
            _set_config(setting, previous, using=using)


def _set_config(setting: str, value: uuid.UUID | None, *, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config(%s, %s, true)", [setting, "" if value is None else str(value)]
        )
