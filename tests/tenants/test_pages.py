"""Pages of people and organizations."""

from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenants.models import Invitation, Membership, Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.factories import (
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def page(name: str, *args: object, org: str = "acme") -> str:
    return reverse(f"tenants:{name}", args=[org, *args])


def toasts(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


class TestHome:
    def test_leads_to_the_library_that_was_looked_at_last(self, client_for: ClientFor) -> None:
        client = client_for(Role.VIEWER)
        second = OrganizationFactory.create(name="Aardvark", slug="aardvark")
        MembershipFactory.create(org=second, user=client.user)
        client.get(page("members"))

        response = client.get("/")

        assert response["Location"] == reverse("media:library", args=["acme"])

    def test_leads_to_the_first_library_at_first(self, member_client: Client) -> None:
        assert member_client.get("/")["Location"] == reverse("media:library", args=["acme"])

    def test_somebody_who_lost_the_last_one_is_led_to_another(self, client_for: ClientFor) -> None:
        client = client_for(Role.VIEWER)
        client.get(page("members"))
        with org_scope(client.membership.org_id):
            client.membership.delete()

        assert client.get("/")["Location"] == reverse("tenants:create_organization")

    def test_asks_a_stranger_to_sign_in(self, client: Client) -> None:
        assert client.get("/")["Location"].startswith(reverse("account_login"))


class TestCreateOrganization:
    def test_makes_one_and_leads_to_its_members(self, member_client: Client) -> None:
        response = member_client.post(
            reverse("tenants:create_organization"), {"name": "Studio"}, follow=True
        )

        assert response.redirect_chain == [(page("members", org="studio"), 302)]
        assert toasts(response) == ["Studio is ready. Invite the others."]

    def test_without_a_name_shows_the_form_again(self, member_client: Client) -> None:
        response = member_client.post(reverse("tenants:create_organization"), {"name": " "})

        assert response.status_code == 422
        assert "This field is required." in response.text


class TestMembersPage:
    def test_shows_people_to_everybody_and_invitations_to_admins(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        InvitationFactory.create(org=org, email="waiting@example.com")
        viewer, admin = client_for(Role.VIEWER), client_for(Role.ADMIN)

        seen_by_viewer, seen_by_admin = (
            client.get(page("members")).text for client in (viewer, admin)
        )

        assert admin.user.email in seen_by_viewer
        assert "waiting@example.com" not in seen_by_viewer
        assert "waiting@example.com" in seen_by_admin
        assert 'value="owner"' not in seen_by_admin

    def test_costs_the_same_for_one_and_for_three(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        owner = client_for(Role.OWNER)

        def add_and_count() -> int:
            MembershipFactory.create(org=org)
            InvitationFactory.create(org=org, invited_by=UserFactory.create())
            with CaptureQueriesContext(connection) as queries:
                owner.get(page("members"))
            return len(queries)

        owner.get(page("members"))
        one = add_and_count()
        add_and_count()
        assert add_and_count() == one

    def test_invites(
        self,
        client_for: ClientFor,
        org: Organization,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        owner = client_for(Role.OWNER)

        with django_capture_on_commit_callbacks(execute=True):
            response = owner.post(
                page("member_invite"), {"email": "nina@example.com", "role": "viewer"}, follow=True
            )

        assert toasts(response) == ["An invitation is on its way to nina@example.com."]
        assert "http://testserver/invitations/" in str(mail.outbox[0].body)

    @pytest.mark.parametrize(
        ("data", "complaint"),
        [
            ({"email": "no address", "role": "viewer"}, "valid email"),
            ({"email": f"{'x' * 300}@example.com", "role": "viewer"}, "at most 254 characters"),
            ({"email": "a@example.com", "role": "owner"}, "valid choice"),
            ({"email": "admin@example.com", "role": "viewer"}, "belongs to Acme already"),
        ],
    )
    def test_shows_the_form_again_when_it_cannot_invite(
        self, client: Client, org: Organization, data: dict[str, str], complaint: str
    ) -> None:
        user = UserFactory.create(email="admin@example.com")
        MembershipFactory.create(org=org, user=user, role=Role.ADMIN)
        client.force_login(user)

        response = client.post(page("member_invite"), data)

        assert response.status_code == 422
        assert complaint in response.text
        with org_scope(org.pk):
            assert not Invitation.objects.exists()

    def test_changes_a_role(self, client_for: ClientFor, org: Organization) -> None:
        owner, viewer = client_for(Role.OWNER), client_for(Role.VIEWER)

        response = owner.post(
            page("member_role", viewer.membership.pk), {"role": "editor"}, follow=True
        )

        assert toasts(response) == [f"{viewer.user} is editor now."]
        with org_scope(org.pk):
            assert Membership.objects.get(pk=viewer.membership.pk).role == Role.EDITOR

    def test_says_why_the_last_owner_cannot_step_down(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        owner = client_for(Role.OWNER)

        response = owner.post(
            page("member_role", owner.membership.pk), {"role": "viewer"}, follow=True
        )

        assert toasts(response) == [
            "An organization needs an owner. Make somebody else an owner first."
        ]

    def test_removes_a_member_who_is_out_at_once(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        owner, editor = client_for(Role.OWNER), client_for(Role.EDITOR)
        assert editor.get(page("members")).status_code == 200

        owner.post(page("member_remove", editor.membership.pk))

        assert editor.get(page("members")).status_code == 404

    def test_leaves(self, client_for: ClientFor, org: Organization) -> None:
        client_for(Role.OWNER)
        viewer = client_for(Role.VIEWER)

        response = viewer.post(page("member_leave"))

        assert response["Location"] == reverse("home")
        assert viewer.get(page("members")).status_code == 404

    def test_revokes_and_resends_an_invitation(
        self,
        client_for: ClientFor,
        org: Organization,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        owner = client_for(Role.OWNER)
        first = InvitationFactory.create(org=org, email="nina@example.com")

        with django_capture_on_commit_callbacks(execute=True):
            owner.post(page("invitation_resend", first.pk))
        with org_scope(org.pk):
            second = Invitation.objects.open().get()
        owner.post(page("invitation_revoke", second.pk))

        assert second != first
        assert [message.to for message in mail.outbox] == [["nina@example.com"]]
        with org_scope(org.pk):
            assert not Invitation.objects.open().exists()


class TestSettingsPage:
    def test_an_admin_renames(self, client_for: ClientFor, org: Organization) -> None:
        response = client_for(Role.ADMIN).post(
            page("organization_rename"), {"name": "Acme Studio"}, follow=True
        )

        assert response.redirect_chain == [(page("settings"), 302)]
        assert toasts(response) == ["The organization is called Acme Studio now."]

    def test_a_viewer_sees_facts_but_no_form(self, client_for: ClientFor) -> None:
        response = client_for(Role.VIEWER).get(page("settings"))

        assert response.status_code == 200
        assert page("organization_rename") not in response.text

    def test_without_a_name_shows_the_form_again(self, client_for: ClientFor) -> None:
        response = client_for(Role.ADMIN).post(page("organization_rename"), {"name": ""})

        assert response.status_code == 422


class TestAccountPage:
    def test_changes_the_name(self, client_for: ClientFor) -> None:
        client = client_for(Role.VIEWER)

        response = client.post(reverse("account_settings"), {"name": "Nina H"}, follow=True)

        assert toasts(response) == ["Your name is saved."]
        assert User.objects.get(pk=client.user.pk).name == "Nina H"

    def test_remembers_the_colours_in_a_cookie(self, member_client: Client) -> None:
        member_client.post(reverse("account_theme"), {"theme": "dark"})

        assert member_client.cookies["theme"].value == "dark"
        assert 'data-theme="dark"' in member_client.get(reverse("account_settings")).text

    def test_ignores_colours_that_there_are_not(self, member_client: Client) -> None:
        member_client.post(reverse("account_theme"), {"theme": "pink"})

        assert "theme" not in member_client.cookies


class TestCsrf:
    def test_a_form_that_grew_old_says_what_to_do(self, client_for: ClientFor) -> None:
        owner = client_for(Role.OWNER)
        owner.handler.enforce_csrf_checks = True

        response = owner.post(page("member_leave"))

        assert response.status_code == 403
        assert "This form has grown old" in response.text
