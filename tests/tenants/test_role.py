"""The role that tests run as: what they prove holds only if it is the weak one."""

import pytest
from django.db import ProgrammingError, connection, transaction

from tenants.errors import OrgScopeMissingError
from tenants.models import Invitation, Organization
from tenants.scope import org_scope
from tests.factories import InvitationFactory

pytestmark = pytest.mark.django_db


class TestRuntimeRole:
    def test_is_the_apps_and_has_no_power_over_policies(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, session_user, rolsuper, rolbypassrls, rolcreaterole, "
                "rolcreatedb FROM pg_roles WHERE rolname = current_user"
            )
            assert cursor.fetchone() == ("magpie_app", "magpie_app", False, False, False, False)

    def test_owns_nothing(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
            assert cursor.fetchone() == (0,)

    def test_belongs_to_no_stronger_role(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT roleid::regrole::text FROM pg_auth_members "
                "WHERE member = current_user::regrole"
            )
            assert cursor.fetchall() == []

    def test_cannot_truncate(self) -> None:
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("TRUNCATE tenants_invitation")


class TestForgottenScope:
    def test_fails_in_the_manager(self, org: Organization) -> None:
        with pytest.raises(OrgScopeMissingError):
            Invitation.objects.count()

    def test_fails_in_the_database_within_a_tests_transaction(self, org: Organization) -> None:
        InvitationFactory.create(org=org)

        with pytest.raises(Exception, match=r"invalid input syntax|unrecognized"):
            Invitation._base_manager.count()

    def test_fails_after_a_scope_was_left(self, org: Organization) -> None:
        with org_scope(org.pk):
            InvitationFactory.create(org=org)
            assert Invitation._base_manager.count() == 1

        with pytest.raises(Exception, match=r"invalid input syntax|unrecognized"):
            Invitation._base_manager.count()
