"""What the tests of isolation share."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tenants.permissions import Role
from tests.isolation.rows import Rows, tenant_models, two_organizations


@pytest.fixture(scope="module")
def made_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[bytes]:
    """A row of every model in two organizations, with a member of ours of each role."""
    with around_a_module(django_db_blocker, roles=list(Role)) as both:
        yield both


@contextmanager
def around_a_module(blocker: DjangoDbBlocker, *, roles: list[Role]) -> Iterator[bytes]:
    """Make the rows around the transactions of a module's tests; yield both organizations'."""
    with blocker.unblock(), transaction.atomic():
        ours, theirs = two_organizations()
        for of_one in (ours, theirs):
            for model in tenant_models():
                of_one.get(model)
        for role in roles:
            ours.session_of(role)
        yield pickle.dumps((ours, theirs))
        transaction.set_rollback(True)


@pytest.fixture
def full(made_once: bytes, db: None) -> tuple[Rows, Rows]:
    """The rows of two organizations, ours and theirs: one of every model in both."""
    both: tuple[Rows, Rows] = pickle.loads(made_once)  # noqa: S301  # our own
    return both
