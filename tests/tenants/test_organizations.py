"""Making and renaming organizations."""

import pytest

from ingestion.models import OrgSchedule
from tenants.models import Membership, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.services.organizations import (
    create_organization,
    create_personal_organization,
    organizations_of,
    rename_organization,
)
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db


class TestCreateOrganization:
    def test_its_maker_owns_it(self) -> None:
        user = UserFactory.create()

        org = create_organization(name="Studio Nord", owner=user)

        assert (org.name, org.slug, org.is_personal) == ("Studio Nord", "studio-nord", False)
        with org_scope(org.pk):
            assert list(Membership.objects.values_list("user_id", "role")) == [
                (user.pk, Role.OWNER)
            ]

    def test_it_joins_the_line_of_the_workers(self) -> None:
        org = create_organization(name="Studio", owner=UserFactory.create())

        with org_scope(org.pk):
            assert OrgSchedule.objects.count() == 1

    def test_a_taken_slug_gets_a_suffix(self) -> None:
        OrganizationFactory.create(slug="studio")

        org = create_organization(name="Studio", owner=UserFactory.create())

        assert org.slug.startswith("studio-")
        assert len(org.slug) == len("studio-") + 5

    def test_a_name_without_latin_letters_still_has_an_address(self) -> None:
        org = create_organization(name="カササギ", owner=UserFactory.create())

        assert org.slug == "library"
        assert org.name == "カササギ"

    def test_a_long_name_fits(self) -> None:
        org = create_organization(name="x" * 80, owner=UserFactory.create())

        assert len(org.slug) == 48


class TestCreatePersonalOrganization:
    def test_is_named_after_the_person(self) -> None:
        org = create_personal_organization(user=UserFactory.create(name="Anna Berg"))

        assert (org.name, org.slug, org.is_personal) == ("Anna's library", "anna", True)

    def test_without_a_name_after_the_address(self) -> None:
        org = create_personal_organization(user=UserFactory.create(name="", email="jo@example.com"))

        assert (org.name, org.slug) == ("jo's library", "jo")


class TestOrganizationsOf:
    def test_returns_a_persons_own_by_name_and_no_other(self) -> None:
        user = UserFactory.create()
        for name in ["Beta", "Alpha"]:
            org = OrganizationFactory.create(name=name)
            MembershipFactory.create(org=org, user=user)
        MembershipFactory.create()

        assert [org.name for org in organizations_of(user)] == ["Alpha", "Beta"]

    def test_is_the_same_inside_the_scope_of_another_organization(
        self, other_org: Organization
    ) -> None:
        membership = MembershipFactory.create()

        with org_scope(other_org.pk):
            assert organizations_of(membership.user) == [membership.org]


class TestRenameOrganization:
    def test_keeps_the_address(self, in_scope: Organization) -> None:
        rename_organization(org=in_scope, name="Acme Two")

        in_scope.refresh_from_db()
        assert (in_scope.name, in_scope.slug) == ("Acme Two", "acme")
