"""What all tests share: the database, organizations, people, and signed-in browsers.

The owner makes, migrates and empties the test database; tests themselves run as the
runtime role, so that row-level security holds in them as it does in the product.
"""

import datetime as dt
import gc
import logging
import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.test import Client, TestCase, TransactionTestCase, override_settings
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tenants.models import Membership, Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.emptying import empty_all_tables
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.leaks import LeakWatch

# The same examples each time: a change is judged by what it changes. Others are drawn on request.
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

END_TO_END = "tests/e2e/"
# Many short files: with them last, no process is left alone with a long one.
LAST = "tests/media/"
# Objects, and turns of the younger generation.
COLLECT_AFTER = (100_000, 50, 100)
# Of IPv4 or IPv6, as digits.
ADDRESS = re.compile(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.%]*")


class OneProductScheduling(LoadFileScheduling):
    """Hands out whole files; those that drive the product in a browser go together.

    Else each process that gets one of them would start a product of its own.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return END_TO_END if scope.startswith(END_TO_END) else scope


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, and waits while others work."""
    items.sort(key=lambda item: (_is_of(item, LAST), not _is_of(item, END_TO_END)))


def _is_of(item: pytest.Item, folder: str) -> bool:
    return item.nodeid.startswith(folder)


def pytest_collection_finish() -> None:
    """Let the garbage collector look rarely, and only at what tests make: modules stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneProductScheduling:
    """Decide which process runs what."""
    return OneProductScheduling(config, log)


class MemberClient(Client):
    """A browser of a member."""

    def __init__(self, membership: Membership) -> None:
        super().__init__()
        self.membership, self.user = membership, membership.user


ClientFor = Callable[..., MemberClient]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,  # noqa: FBT001  # a fixture's value
    django_db_createdb: bool,  # noqa: FBT001  # a fixture's value
) -> Iterator[None]:
    """Make one database, by the owner; ``default`` sees the same one as the runtime role.

    Under xdist each worker has its own, named after it.
    """
    owner, runtime = connections["owner"], connections["default"]
    name = owner.settings_dict["NAME"]
    with django_db_blocker.unblock():
        owner.creation.create_test_db(
            verbosity=0,
            autoclobber=True,
            serialize=False,
            keepdb=django_db_keepdb and not django_db_createdb,
        )
        runtime.creation.set_as_test_mirror(owner.settings_dict)
    with pytest.MonkeyPatch.context() as patch:
        # The runtime role may not.
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_all_tables)
        patch.setattr(TestCase, "tearDownClass", classmethod(roll_back))
        yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            runtime.close()
            owner.creation.destroy_test_db(name, verbosity=0)


def roll_back(case: type[TestCase]) -> None:
    """Undo a test, and keep its connection: signing in anew would cost more than most tests."""
    if case._databases_support_transactions():  # type: ignore[attr-defined]  # Django's own
        case._rollback_atomics(case.cls_atomics)  # type: ignore[attr-defined]  # Django's own
    super(TestCase, case).tearDownClass()


@pytest.fixture(scope="session", autouse=True)
def leak_watch() -> Iterator[LeakWatch]:
    """Read every line of the log and every error page of all tests, for secrets."""
    watch, root = LeakWatch(), logging.getLogger()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseHandler, "get_response", watch.watching(BaseHandler.get_response))
        root.addHandler(watch)
        yield watch
        root.removeHandler(watch)


@pytest.fixture(autouse=True)
def no_secret_shows(leak_watch: LeakWatch) -> Iterator[None]:
    """Fail the test in which one was written to the log, or shown by an error page."""
    yield
    assert leak_watch.take() == []


@pytest.fixture(scope="session", autouse=True)
def only_this_machine_has_a_name() -> Iterator[None]:
    """Look up no name outside: answers differ with the network, and may take seconds to come."""
    look_up = socket.getaddrinfo

    def look_up_here(host: str | bytes | None, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is None or name.rstrip(".") == "localhost" or ADDRESS.fullmatch(name):
            return look_up(host, *arguments, **named)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield


@pytest.fixture(scope="session", autouse=True)
def nights_are_far_away() -> Iterator[None]:
    """Let nightly jobs come due half a day from now, whatever the hour.

    A test that moves the clock by hours meets none then, and one that moves it by a day does.
    """
    hour = (dt.datetime.now(dt.UTC).hour + 10) % 24
    with pytest.MonkeyPatch.context() as patch:
        for module in ("ingestion.upkeep", "ingestion.faces_people"):
            patch.setattr(f"{module}.NIGHTLY", f"0 {hour} * * *")
        yield


@pytest.fixture(scope="session", autouse=True)
def stored_files_go_to_a_scratch_folder() -> Iterator[None]:
    """Keep the files that tests store out of the product's data directory."""
    with tempfile.TemporaryDirectory(prefix="magpie-tests-") as folder:
        storages = {
            **settings.STORAGES,
            "default": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": f"{folder}/default"},
            },
            "drops": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": f"{folder}/drops"},
            },
        }
        with override_settings(STORAGES=storages):
            yield


@pytest.fixture
def org(db: None) -> Organization:
    """The organization that a test is about."""
    return OrganizationFactory.create(name="Acme", slug="acme")


@pytest.fixture
def other_org(db: None) -> Organization:
    """An organization whose rows the first one must never see."""
    return OrganizationFactory.create(name="Other", slug="other")


@pytest.fixture
def in_scope(org: Organization) -> Iterator[Organization]:
    """Run the test in the scope of ``org``."""
    with org_scope(org.pk):
        yield org


@pytest.fixture
def owner_membership(org: Organization) -> Membership:
    """The membership of ``owner_user``."""
    user = UserFactory.create(email="owner@example.com", name="Olive Owner")
    return MembershipFactory.create(org=org, user=user, role=Role.OWNER)


@pytest.fixture
def owner_user(owner_membership: Membership) -> User:
    """The owner of ``org``."""
    return owner_membership.user


@pytest.fixture
def client_for(org: Organization) -> ClientFor:
    """Return a function that signs a new member in: ``client_for(Role.VIEWER)``.

    Takes ``org=`` for a member of another organization. The client knows its ``user`` and
    ``membership``.
    """

    def make(role: Role, *, org: Organization = org) -> MemberClient:
        membership = MembershipFactory.create(org=org, role=role)
        client = MemberClient(membership)
        client.force_login(membership.user)
        return client

    return make


@pytest.fixture
def member_client(client_for: ClientFor) -> MemberClient:
    """A browser in which an editor of ``org`` is signed in."""
    return client_for(Role.EDITOR)
