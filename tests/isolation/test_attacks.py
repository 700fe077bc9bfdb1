"""What the runtime role cannot do to another organization's rows, table by table.

Raw statements without any filter: only the database stands between the two.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    ProgrammingError,
    connection,
    models,
    transaction,
)
from django.db.models import ForeignKey
from psycopg.errors import FeatureNotSupported
from pytest_django import DjangoDbBlocker

from tenants.permissions import Role
from tenants.rls import is_tenant_model
from tenants.scope import org_scope, user_scope
from tests.factories import MembershipFactory, UserFactory
from tests.isolation.catalogue import POLICIES_OF, POLICIES_OF_ALL
from tests.isolation.conftest import around_a_module
from tests.isolation.rows import Rows, tenant_models, two_organizations

pytestmark = pytest.mark.django_db

Model = type[models.Model]
REFUSED = "violates row-level security"


def run(statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a statement in a savepoint of its own; return its rows, or how many it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters or [])
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def run_at_once(statement: str, parameters: list[Any]) -> None:
    """Run a statement and check its keys, which would otherwise wait for the commit."""
    with transaction.atomic():
        run(statement, parameters)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def columns_of(model: Model) -> list[str]:
    fields = model._meta.local_fields
    stored = [field for field in fields if not isinstance(field, models.GeneratedField)]
    return [field.column for field in stored if field.column is not None]


def copy_of(model: Model, key: object, **changes: object) -> tuple[str, list[object]]:
    """Return the statement that inserts a copy of a visible row with some columns changed."""
    columns = columns_of(model)
    table, pk = model._meta.db_table, key_of(model)
    values = ", ".join("%s" if column in changes else column for column in columns)
    parameters = [changes[column] for column in columns if column in changes]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {pk} = %s",
        [*parameters, key],
    )


def key_of(model: Model) -> str:
    column = model._meta.pk.column
    assert column is not None
    return column


@pytest.fixture(scope="class")
def made_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[bytes]:
    """A row of every model in two organizations; it goes before tests that count on fewer."""
    with around_a_module(django_db_blocker, roles=[]) as both:
        yield both


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
class TestEveryTenantTable:
    @pytest.fixture(autouse=True)
    def rows(self, full: tuple[Rows, Rows], model: Model) -> None:
        """Take the row of the table in each of the two organizations."""
        self.ours, self.theirs = full
        self.own, self.foreign = self.ours.get(model), self.theirs.get(model)
        self.table, self.pk = model._meta.db_table, key_of(model)

    @pytest.fixture(autouse=True)
    def nothing_changed(self, rows: None, model: Model) -> Any:
        """Whatever was tried, the other organization's row is as it was."""
        before = self.as_they_see_it()
        with org_scope(self.ours.org.pk):
            yield
        assert self.as_they_see_it() == before

    def as_they_see_it(self) -> list[tuple[Any, ...]]:
        with org_scope(self.theirs.org.pk):
            return run(f"SELECT to_jsonb(t) FROM {self.table} t ORDER BY {self.pk}")

    def test_a_foreign_row_is_not_seen(self, model: Model) -> None:
        query = f"SELECT count(*) FROM {self.table} WHERE {self.pk} = %s OR org_id = %s"

        assert run(query, [self.foreign.pk, self.theirs.org.pk]) == [(0,)]
        assert run(query, [self.own.pk, self.ours.org.pk]) == [(self.count_of_ones_own(),)]

    def test_a_foreign_row_is_not_changed(self, model: Model) -> None:
        statement = f"UPDATE {self.table} SET org_id = org_id WHERE {self.pk} = %s"

        assert run(statement, [self.foreign.pk]) == [(0,)]

    def test_a_foreign_row_is_not_deleted(self, model: Model) -> None:
        assert run(f"DELETE FROM {self.table} WHERE {self.pk} = %s", [self.foreign.pk]) == [(0,)]

    def test_everything_deleted_is_only_ones_own(self, model: Model) -> None:
        with transaction.atomic():
            run("SET CONSTRAINTS ALL DEFERRED")
            ones_own = self.count_of_ones_own()
            [(count,)] = run(f"DELETE FROM {self.table}")
            transaction.set_rollback(True)

        assert count == ones_own

    def test_no_row_is_added_for_another(self, model: Model) -> None:
        statement, parameters = copy_of(
            model, self.own.pk, **{self.pk: uuid.uuid4(), "org_id": self.theirs.org.pk}
        )

        with pytest.raises(DatabaseError, match=REFUSED):
            run(statement, parameters)

    def test_no_row_is_moved_to_another(self, model: Model) -> None:
        with pytest.raises(DatabaseError, match=REFUSED):
            run(f"UPDATE {self.table} SET org_id = %s", [self.theirs.org.pk])

    def test_no_row_is_overwritten_by_a_clash_of_keys(self, model: Model) -> None:
        statement, parameters = copy_of(model, self.own.pk, **{self.pk: self.foreign.pk})

        with pytest.raises(DatabaseError):
            run(
                f"{statement} ON CONFLICT ({self.pk}) DO UPDATE SET org_id = excluded.org_id",
                parameters,
            )

    def test_no_key_points_at_a_foreign_row(self, model: Model) -> None:
        for field in model._meta.local_fields:
            if not isinstance(field, ForeignKey) or not is_tenant_model(field.related_model):
                continue
            # A constraint of the table itself may be the first to refuse.
            target = self.theirs.get(field.related_model)
            statement = f"UPDATE {self.table} SET {field.column} = %s"
            with pytest.raises(IntegrityError, match="violates"):
                run_at_once(statement, [target.pk])

    def test_nothing_is_copied_in_past_the_policy(self, model: Model) -> None:
        with pytest.raises(FeatureNotSupported), transaction.atomic():
            self.copy(f"COPY {self.table} FROM STDIN")

    def test_only_ones_own_is_copied_out(self, model: Model) -> None:
        text = self.copy(f"COPY {self.table} TO STDOUT")

        assert len(text.splitlines()) == self.count_of_ones_own()
        assert str(self.theirs.org.pk) not in text

    def count_of_ones_own(self) -> int:
        """Return how many rows there are: one, and those that rows of other tables ask for."""
        query = f"SELECT count(*) FROM {self.table} WHERE org_id = %s"
        [(count,)] = run(query, [self.ours.org.pk])
        assert count >= 1
        return int(count)

    def copy(self, statement: str) -> str:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            return b"".join(bytes(block) for block in copy).decode()

    @pytest.mark.parametrize(
        "statement",
        [
            "TRUNCATE {t}",
            "ALTER TABLE {t} DISABLE ROW LEVEL SECURITY",
            "DROP POLICY {p} ON {t}",
            "CREATE POLICY all_mine ON {t} USING (true)",
            "DROP TABLE {t}",
        ],
    )
    def test_the_wall_is_not_torn_down(self, model: Model, statement: str) -> None:
        with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
            run(statement.format(t=self.table, p=self.a_policy()))

    def a_policy(self) -> str:
        name, *_ = min(POLICIES_OF.get(self.table, POLICIES_OF_ALL), key=str)
        return name


class TestWithoutAScope:
    @pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
    def test_every_table_refuses_even_to_count(self, full: tuple[Rows, Rows], model: Model) -> None:
        with pytest.raises(DatabaseError, match=r"unrecognized configuration|invalid input syntax"):
            run(f"SELECT count(*) FROM {model._meta.db_table}")


class TestAPersonsOwnRows:
    """What somebody belongs to is seen in their scope, and changed in the organization's only."""

    @pytest.fixture(autouse=True)
    def member_of_both(self, db: None) -> None:
        ours, theirs = two_organizations()
        self.ours, self.theirs = ours.org, theirs.org
        self.user = UserFactory.create()
        for org in (self.ours, self.theirs):
            MembershipFactory.create(org=org, user=self.user, role=Role.VIEWER)

    @pytest.mark.parametrize("table", ["tenants_membership", "tenants_organization"])
    def test_are_seen_beside_those_of_the_organization(self, table: str) -> None:
        with user_scope(self.user.pk):
            assert run(f"SELECT count(*) FROM {table}") == [(2,)]
            with org_scope(self.ours.pk):
                assert run(f"SELECT count(*) FROM {table}") == [(2,)]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE tenants_membership SET role = 'owner'",
            "DELETE FROM tenants_membership",
            "UPDATE tenants_organization SET name = 'Mine'",
            "DELETE FROM tenants_organization",
            "SELECT 1 FROM tenants_membership FOR UPDATE",
        ],
    )
    def test_of_another_organization_are_not_touched(self, statement: str) -> None:
        with user_scope(self.user.pk), org_scope(self.ours.pk), transaction.atomic():
            run("SET CONSTRAINTS ALL DEFERRED")
            assert run(statement) == [(1,)]
            transaction.set_rollback(True)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE tenants_membership SET role = 'owner'",
            "DELETE FROM tenants_membership",
            "UPDATE tenants_organization SET name = 'Mine'",
            "DELETE FROM tenants_organization",
        ],
    )
    def test_are_not_changed_in_the_persons_scope_alone(self, statement: str) -> None:
        with (
            user_scope(self.user.pk),
            pytest.raises(DatabaseError, match=r"unrecognized configuration|invalid input syntax"),
        ):
            run(statement)


class TestRoles:
    @pytest.mark.parametrize(
        "role", ["magpie_owner", "magpie_engine", "postgres", "pg_read_all_data"]
    )
    def test_the_runtime_role_becomes_no_other(self, db: None, role: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"):
            run(f"SET ROLE {role}")

    def test_it_cannot_switch_row_level_security_off(self, db: None) -> None:
        ours, _ = two_organizations()
        with org_scope(ours.org.pk), transaction.atomic():
            run("SET LOCAL row_security = off")
            with pytest.raises(ProgrammingError, match="row-level security"):
                run("SELECT count(*) FROM tenants_invitation")


class TestEngineFunctions:
    def test_the_search_stays_in_the_scope(self, db: None) -> None:
        ours, theirs = two_organizations()
        for rows in (ours, theirs):
            rows.get_by_label("media.searchdocument")

        with org_scope(ours.org.pk):
            found = run("SELECT engine_search('word'::tsquery, 10)")

        assert found == [(ours.get_by_label("media.asset").pk,)]

    @pytest.mark.parametrize(
        "call",
        [
            "SELECT * FROM engine_token('0')",
            "SELECT * FROM engine_invitation('0')",
        ],
    )
    def test_work_before_an_organization_is_known(self, db: None, call: str) -> None:
        two_organizations()

        assert run(call) == []

    def test_know_organizations_without_members(self, db: None) -> None:
        ours, theirs = two_organizations()

        assert set(run("SELECT engine_org_ids()")) == {(ours.org.pk,), (theirs.org.pk,)}
        assert run("SELECT engine_org_id(%s)", [theirs.org.slug]) == [(theirs.org.pk,)]
        assert run("SELECT engine_org_id('nobody')") == [(None,)]
