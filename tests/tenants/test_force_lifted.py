"""A migration that validates the rows of a tenant table."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connections, migrations
from django.db.migrations.state import ProjectState

from tenants.models import Organization
from tenants.rls import WithForceLifted
from tests.factories import MembershipFactory

CHECK = (
    "ALTER TABLE tenants_membership ADD CONSTRAINT probe CHECK (role <> 'nobody' AND "
    "org_id IS NOT NULL)"
)
FOREIGN_KEY = (
    "ALTER TABLE tenants_membership ADD CONSTRAINT probe FOREIGN KEY (org_id) "
    "REFERENCES tenants_organization (id)"
)


def is_forced() -> bool:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'tenants_membership'"
        )
        forced: bool = cursor.fetchone()[0]
    return forced


def run(operation: migrations.SeparateDatabaseAndState) -> None:
    state = ProjectState.from_apps(apps)
    with connections["owner"].schema_editor(atomic=True) as editor:
        operation.database_forwards("tenants", editor, state, state)
        raise_to_undo()


class Undo(Exception):  # noqa: N818  # not an error
    """Rolls the migration back, so that the next test meets the schema as it was."""


def raise_to_undo() -> None:
    assert is_forced()
    raise Undo


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
class TestWithForceLifted:
    def test_rows_are_validated_and_the_wall_stands_again(self, org: Organization) -> None:
        MembershipFactory.create(org=org)

        with pytest.raises(Undo):
            run(
                WithForceLifted(
                    "tenants_membership",
                    "tenants_organization",
                    operations=[
                        migrations.RunSQL(FOREIGN_KEY),
                        migrations.RunSQL(CHECK.replace("probe", "probe_too")),
                    ],
                )
            )

        assert is_forced()

    def test_without_it_validation_fails_for_lack_of_a_scope(self, org: Organization) -> None:
        MembershipFactory.create(org=org)

        with pytest.raises(DatabaseError, match=r"app\.org|invalid input syntax"):
            run(WithForceLifted(operations=[migrations.RunSQL(FOREIGN_KEY)]))

        assert is_forced()

    def test_outside_a_transaction_it_is_refused(self, org: Organization) -> None:
        state = ProjectState()
        operation = WithForceLifted("tenants_membership", operations=[])

        with (
            pytest.raises(RuntimeError, match="must be atomic"),
            connections["owner"].schema_editor(atomic=False) as editor,
        ):
            operation.database_forwards("tenants", editor, state, state)
