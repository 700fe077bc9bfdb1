"""A connection that is used again carries nothing over from whoever used it before."""

import random
import threading
import uuid

import pytest
from django.db import DatabaseError, connection, connections, transaction

from tenants.errors import OrgScopeMissingError
from tenants.models import Invitation, Organization
from tenants.scope import current_org_id, org_scope, user_scope
from tests.factories import InvitationFactory, OrganizationFactory

THREADS, ROUNDS = 8, 60


def setting(name: str = "app.org") -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        row: tuple[str] = cursor.fetchone()
    return row[0]


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row: tuple[int] = cursor.fetchone()
    return row[0]


@pytest.fixture
def orgs(transactional_db: None) -> list[Organization]:
    """Three organizations with 1, 2 and 3 invitations."""
    made = [OrganizationFactory.create() for _ in range(3)]
    for number, org in enumerate(made, start=1):
        for _ in range(number):
            InvitationFactory.create(org=org)
    return made


class TestScopeOnAConnection:
    def test_ends_with_a_commit(self, orgs: list[Organization]) -> None:
        with org_scope(orgs[0].pk):
            pid = backend()
            assert setting() == str(orgs[0].pk)

        assert (backend(), setting()) == (pid, "")

    def test_ends_with_an_exception(self, orgs: list[Organization]) -> None:
        with pytest.raises(ZeroDivisionError), org_scope(orgs[0].pk):
            raise ZeroDivisionError

        assert setting() == ""
        with pytest.raises(OrgScopeMissingError):
            current_org_id()

    def test_ends_with_an_error_of_the_database(self, orgs: list[Organization]) -> None:
        with pytest.raises(DatabaseError), org_scope(orgs[0].pk), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

        assert setting() == ""

    def test_ends_with_a_roll_back_that_was_asked_for(self, orgs: list[Organization]) -> None:
        with org_scope(orgs[0].pk):
            transaction.set_rollback(True)

        assert setting() == ""

    def test_survives_the_roll_back_of_a_savepoint(self, orgs: list[Organization]) -> None:
        with org_scope(orgs[0].pk):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")

            assert setting() == str(orgs[0].pk)
            assert Invitation.objects.count() == 1

    def test_comes_back_after_an_inner_one(self, orgs: list[Organization]) -> None:
        with org_scope(orgs[0].pk):
            with org_scope(orgs[1].pk):
                assert Invitation.objects.count() == 2
            assert Invitation.objects.count() == 1

    def test_comes_back_after_an_inner_one_that_failed(self, orgs: list[Organization]) -> None:
        with org_scope(orgs[0].pk):
            with pytest.raises(DatabaseError), org_scope(orgs[1].pk):
                connection.cursor().execute("SELECT 1/0")
            assert setting() == str(orgs[0].pk)
            assert current_org_id() == orgs[0].pk

    def test_of_a_person_ends_too(self, orgs: list[Organization]) -> None:
        with user_scope(uuid.uuid4()):
            assert setting("app.user") != ""

        assert setting("app.user") == ""

    def test_is_gone_when_callbacks_of_the_commit_run(self, orgs: list[Organization]) -> None:
        seen: list[object] = []

        def callback() -> None:
            seen.append(setting())
            with pytest.raises(OrgScopeMissingError):
                Invitation.objects.count()

        with org_scope(orgs[0].pk):
            transaction.on_commit(callback)

        assert seen == [""]


class TestManyUsers:
    """Threads that come and go, roll back and fail, each on connections that others used."""

    def test_see_only_their_own_rows(self, orgs: list[Organization]) -> None:
        assert self.foreign_rows(orgs) == 0

    def test_a_setting_that_outlives_its_transaction_would_be_seen(
        self, orgs: list[Organization]
    ) -> None:
        """The control: with ``is_local => false`` the next user sees the rows of the last."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.org', %s, false)", [str(orgs[2].pk)])

        try:
            assert Invitation._base_manager.count() == 3
        finally:
            connection.close()

    def foreign_rows(self, orgs: list[Organization]) -> int:
        lock, found = threading.Lock(), []

        def use(seed: int) -> None:
            choose = random.Random(seed)
            for _ in range(ROUNDS):
                foreign = one_round(choose, orgs)
                with lock:
                    found.append(foreign)
            connections.close_all()

        threads = [threading.Thread(target=use, args=[seed]) for seed in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert len(found) == THREADS * ROUNDS
        return sum(found)


def one_round(choose: random.Random, orgs: list[Organization]) -> int:
    """Use a scope in one of the ways that end it; return how many rows of others it showed."""
    org = choose.choice(orgs)
    way = choose.choice(["commit", "roll back", "error", "savepoint", "close"])
    foreign = 0
    try:
        with org_scope(org.pk):
            if way == "savepoint":
                with pytest.raises(DatabaseError), transaction.atomic():
                    connection.cursor().execute("SELECT 1/0")
            rows = Invitation._base_manager.values_list("org_id", flat=True)
            foreign = sum(org_id != org.pk for org_id in rows)
            if way == "roll back":
                transaction.set_rollback(True)
            if way == "error":
                connection.cursor().execute("SELECT 1/0")
    except DatabaseError:
        if way != "error":
            raise
    if way == "close":
        connection.close()
    return foreign
