"""The link of an invitation, followed by whoever it was sent to."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from tenants.models import Membership, Organization, User
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.services.organizations import organizations_of
from tests.conftest import ClientFor
from tests.factories import PASSWORD, UserFactory
from tests.tenants.test_account_flows import code_in_mail

pytestmark = pytest.mark.django_db

EMAIL = "nina@example.com"


def sign_up(client: Client, email: str) -> None:
    data = {"email": email, "name": "Nina Holm", "password1": PASSWORD}
    assert client.post(reverse("account_signup"), data).status_code == 302


class TestInvitationLink:
    @pytest.fixture
    def secret(self, client_for: ClientFor, django_capture_on_commit_callbacks: Any) -> str:
        owner = client_for(Role.OWNER)
        with django_capture_on_commit_callbacks(execute=True):
            response = owner.post(
                reverse("tenants:member_invite", args=["acme"]), {"email": EMAIL, "role": "editor"}
            )
        assert response.status_code == 302
        return str(mail.outbox[-1].body).split("/invitations/")[1].split("/")[0]

    def test_keeps_no_secret_in_the_store_of_sessions(self, client: Client, secret: str) -> None:
        client.get(reverse("tenants:invitation", args=[secret]))

        [stored] = Session.objects.filter(pk=client.session.session_key)
        assert secret not in str(stored.get_decoded())
        assert client.get(reverse("tenants:invitation_accept")).status_code == 200

    def members(self, org: Organization) -> set[str]:
        with org_scope(org.pk):
            return set(Membership.objects.values_list("user__email", flat=True))

    def open(self, client: Client, secret: str) -> Any:
        return client.get(reverse("tenants:invitation", args=[secret]), follow=True)

    def test_hides_the_secret_and_shows_the_offer(self, client: Client, secret: str) -> None:
        page = self.open(client, secret)

        assert page.redirect_chain == [(reverse("tenants:invitation_accept"), 302)]
        assert "Join Acme" in page.text
        assert secret not in page.text

    def test_signing_up_from_it_accepts_it_once_the_address_is_proven(
        self, client: Client, org: Organization, secret: str
    ) -> None:
        self.open(client, secret)
        sign_up(client, EMAIL)
        assert EMAIL not in self.members(org)

        client.post(reverse("account_email_verification_sent"), {"code": code_in_mail()})

        assert EMAIL in self.members(org)
        assert {o.slug for o in organizations_of(User.objects.get(email=EMAIL))} == {"acme", "nina"}

    def test_signing_up_with_another_address_does_not(
        self, client: Client, org: Organization, secret: str
    ) -> None:
        self.open(client, secret)

        sign_up(client, "else@example.com")
        client.post(reverse("account_email_verification_sent"), {"code": code_in_mail()})

        assert "else@example.com" not in self.members(org)

    def test_somebody_signed_in_accepts_with_a_click(
        self, client: Client, org: Organization, secret: str
    ) -> None:
        client.force_login(UserFactory.create(email=EMAIL))
        page = self.open(client, secret)
        assert EMAIL not in self.members(org)

        response = client.post(reverse("tenants:invitation_accept"))

        assert "Join" in page.text
        assert response.status_code == 302
        assert EMAIL in self.members(org)

    def test_somebody_signed_in_with_another_address_is_told_so(
        self, client: Client, org: Organization, secret: str
    ) -> None:
        client.force_login(UserFactory.create(email="else@example.com"))

        page = self.open(client, secret)
        response = client.post(reverse("tenants:invitation_accept"))

        assert "This invitation is for another address" in page.text
        assert response.status_code == 403
        assert f"This invitation is for {EMAIL}" in response.text
        assert "else@example.com" not in self.members(org)

    def test_a_made_up_link_says_that_it_does_not_open(self, client: Client) -> None:
        page = self.open(client, "made-up")

        assert page.status_code == 410
        assert "Ask for a new one" in page.text
