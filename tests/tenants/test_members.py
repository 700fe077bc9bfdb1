"""Changing who belongs to an organization."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from tenants.errors import AppError, LastOwnerError, MemberGoneError, RoleTooLowError
from tenants.models import ApiToken, Membership, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.services.members import change_role, leave, remove_member
from tests.factories import ApiTokenFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def member(org: Organization, role: Role) -> Membership:
    return MembershipFactory.create(org=org, role=role)


class TestChangeRole:
    def test_an_admin_makes_a_viewer_an_editor(self, in_scope: Organization) -> None:
        admin, viewer = member(in_scope, Role.ADMIN), member(in_scope, Role.VIEWER)

        change_role(actor=admin, membership=viewer, role=Role.EDITOR)

        viewer.refresh_from_db()
        assert viewer.role == Role.EDITOR

    @pytest.mark.parametrize(
        ("before", "after"), [(Role.EDITOR, Role.OWNER), (Role.OWNER, Role.EDITOR)]
    )
    def test_an_admin_neither_makes_nor_unmakes_owners(
        self, in_scope: Organization, before: Role, after: Role
    ) -> None:
        admin, target = member(in_scope, Role.ADMIN), member(in_scope, before)

        with pytest.raises(RoleTooLowError, match="Only an owner"):
            change_role(actor=admin, membership=target, role=after)

        target.refresh_from_db()
        assert target.role == before

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
    def test_editors_and_viewers_change_nobody(self, in_scope: Organization, role: Role) -> None:
        actor, target = member(in_scope, role), member(in_scope, Role.VIEWER)

        with pytest.raises(RoleTooLowError, match="Only owners and admins"):
            change_role(actor=actor, membership=target, role=Role.ADMIN)

    def test_the_last_owner_stays_one(self, in_scope: Organization) -> None:
        owner = member(in_scope, Role.OWNER)

        with pytest.raises(LastOwnerError):
            change_role(actor=owner, membership=owner, role=Role.ADMIN)

    def test_whoever_was_demoted_meanwhile_changes_nothing(self, in_scope: Organization) -> None:
        admin, viewer = member(in_scope, Role.ADMIN), member(in_scope, Role.VIEWER)
        Membership.objects.filter(pk=admin.pk).update(role=Role.VIEWER)

        with pytest.raises(RoleTooLowError):
            change_role(actor=admin, membership=viewer, role=Role.ADMIN)


class TestRemoveMember:
    def test_takes_the_persons_tokens_along(self, in_scope: Organization) -> None:
        admin, editor = member(in_scope, Role.ADMIN), member(in_scope, Role.EDITOR)
        token = ApiTokenFactory.create(org=in_scope, user=editor.user)
        kept = ApiTokenFactory.create(org=in_scope, user=admin.user)

        remove_member(actor=admin, membership=editor)

        assert list(Membership.objects.all()) == [admin]
        assert list(ApiToken.objects.usable()) == [kept]
        token.refresh_from_db()
        assert token.revoked_at is not None

    def test_an_admin_cannot_remove_an_owner(self, in_scope: Organization) -> None:
        admin, owner = member(in_scope, Role.ADMIN), member(in_scope, Role.OWNER)
        member(in_scope, Role.OWNER)

        with pytest.raises(RoleTooLowError):
            remove_member(actor=admin, membership=owner)

    def test_whoever_is_second_hears_that_the_person_is_gone(self, in_scope: Organization) -> None:
        admins, editor = [member(in_scope, Role.ADMIN) for _ in "ab"], member(in_scope, Role.EDITOR)
        first, second = (Membership.objects.get(pk=editor.pk) for _ in admins)

        remove_member(actor=admins[0], membership=first)

        with pytest.raises(MemberGoneError, match=f"{editor.user} does not belong to Acme"):
            remove_member(actor=admins[1], membership=second)


class TestLeave:
    def test_a_viewer_may(self, in_scope: Organization) -> None:
        viewer = member(in_scope, Role.VIEWER)

        leave(membership=viewer)

        assert not Membership.objects.exists()

    def test_the_last_owner_may_not(self, in_scope: Organization) -> None:
        owner = member(in_scope, Role.OWNER)

        with pytest.raises(LastOwnerError):
            leave(membership=owner)

    def test_one_of_two_owners_may(self, in_scope: Organization) -> None:
        owner, other = member(in_scope, Role.OWNER), member(in_scope, Role.OWNER)

        leave(membership=owner)

        assert list(Membership.objects.all()) == [other]


@pytest.mark.django_db(transaction=True)
class TestTwoOwnersAtOnce:
    def test_one_owner_is_left_when_both_leave_at_the_same_time(self, org: Organization) -> None:
        owners = [member(org, Role.OWNER), member(org, Role.OWNER)]
        barrier = threading.Barrier(2)
        refused: list[AppError] = []

        def quit_together(membership: Membership) -> Callable[[], None]:
            def run() -> None:
                try:
                    with org_scope(org.pk):
                        barrier.wait(10)
                        leave(membership=membership)
                except AppError as error:
                    refused.append(error)
                finally:
                    connections.close_all()

            return run

        threads = [threading.Thread(target=quit_together(owner)) for owner in owners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert [error.code for error in refused] == ["last_owner"]
        with org_scope(org.pk):
            assert Membership.objects.owners().count() == 1
