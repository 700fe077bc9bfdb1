"""Inviting people and letting them in."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from tenants.errors import (
    AlreadyMemberError,
    InvitationForAnotherError,
    InvitationGoneError,
    RoleTooLowError,
)
from tenants.models import Invitation, Membership, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.services.invitations import (
    accept_invitation,
    find_offer,
    invite,
    revoke_invitation,
)
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

EMAIL = "nina@example.com"


def link(secret: str) -> str:
    return f"http://testserver/invitations/{secret}/"


@pytest.fixture
def send(
    owner_membership: Membership, django_capture_on_commit_callbacks: Any
) -> Callable[..., str]:
    """Return a function that invites as the owner and returns the secret in the mail."""

    def run(email: str = EMAIL, role: Role = Role.EDITOR) -> str:
        with (
            django_capture_on_commit_callbacks(execute=True),
            org_scope(owner_membership.org_id),
        ):
            invite(actor=owner_membership, email=email, role=role, link=link)
        body = str(mail.outbox[-1].body)
        return body.split("/invitations/")[1].split("/", maxsplit=1)[0]

    return run


class TestInvite:
    def test_the_secret_is_in_the_mail_and_its_digest_in_the_table(
        self, org: Organization, send: Callable[..., str]
    ) -> None:
        secret = send("Nina@Example.com")

        [message] = mail.outbox
        assert message.to == [EMAIL]
        assert message.subject == "Magpie: Olive Owner invites you to Acme"
        with org_scope(org.pk):
            invitation = Invitation.objects.get()
        assert invitation.email == EMAIL
        assert invitation.token_sha256 == hashlib.sha256(secret.encode()).hexdigest()
        days = invitation.expires_at - timezone.now()
        assert dt.timedelta(days=13, hours=23) < days <= dt.timedelta(days=14)

    def test_again_replaces_the_link(self, org: Organization, send: Callable[..., str]) -> None:
        first = send()

        second = send(role=Role.VIEWER)

        with pytest.raises(InvitationGoneError):
            find_offer(first)
        assert find_offer(second).role == "Viewer"
        with org_scope(org.pk):
            assert Invitation.objects.open().count() == 1

    def test_refuses_somebody_who_belongs_already(
        self, org: Organization, send: Callable[..., str]
    ) -> None:
        MembershipFactory.create(org=org, user=UserFactory.create(email=EMAIL))

        with pytest.raises(AlreadyMemberError):
            send()

        assert mail.outbox == []

    def test_an_admin_cannot_invite_an_owner(self, in_scope: Organization) -> None:
        admin = MembershipFactory.create(org=in_scope, role=Role.ADMIN)

        with pytest.raises(RoleTooLowError):
            invite(actor=admin, email=EMAIL, role=Role.OWNER, link=link)

    def test_an_editor_cannot_invite(self, in_scope: Organization) -> None:
        editor = MembershipFactory.create(org=in_scope, role=Role.EDITOR)

        with pytest.raises(RoleTooLowError):
            invite(actor=editor, email=EMAIL, role=Role.VIEWER, link=link)


class TestFindOffer:
    def test_says_who_invites_whom_where(self, send: Callable[..., str]) -> None:
        offer = find_offer(send())

        assert (offer.org_name, offer.org_slug, offer.email, offer.role, offer.invited_by) == (
            "Acme",
            "acme",
            EMAIL,
            "Editor",
            "Olive Owner",
        )

    def test_a_made_up_secret_opens_nothing(self, db: None) -> None:
        with pytest.raises(InvitationGoneError):
            find_offer("made-up")

    def test_a_link_opens_for_fourteen_days(self, send: Callable[..., str]) -> None:
        secret = send()

        with time_machine.travel(timezone.now() + dt.timedelta(days=13, hours=23), tick=False):
            assert find_offer(secret).email == EMAIL
        with (
            time_machine.travel(timezone.now() + dt.timedelta(days=14, minutes=1), tick=False),
            pytest.raises(InvitationGoneError),
        ):
            find_offer(secret)

    def test_a_revoked_link_opens_nothing(
        self, owner_membership: Membership, send: Callable[..., str]
    ) -> None:
        secret = send()
        with org_scope(owner_membership.org_id):
            revoke_invitation(actor=owner_membership, invitation=Invitation.objects.get())

        with pytest.raises(InvitationGoneError):
            find_offer(secret)


class TestAcceptInvitation:
    def test_lets_the_person_in_with_the_role(
        self, org: Organization, send: Callable[..., str]
    ) -> None:
        secret, user = send(role=Role.ADMIN), UserFactory.create(email=EMAIL)

        membership = accept_invitation(secret=secret, user=user, addresses={EMAIL})

        assert (membership.org, membership.user, membership.role) == (org, user, Role.ADMIN)

    def test_again_returns_the_same_membership(self, send: Callable[..., str]) -> None:
        secret, user = send(), UserFactory.create(email=EMAIL)
        first = accept_invitation(secret=secret, user=user, addresses={EMAIL})

        again = accept_invitation(secret=secret, user=user, addresses={EMAIL})

        assert again == first

    def test_is_only_for_the_address_it_was_sent_to(
        self, org: Organization, send: Callable[..., str]
    ) -> None:
        secret, user = send(), UserFactory.create(email="else@example.com")

        with pytest.raises(InvitationForAnotherError, match=EMAIL):
            accept_invitation(secret=secret, user=user, addresses={user.email})

        with org_scope(org.pk):
            assert not Membership.objects.filter(user=user).exists()

    def test_a_used_link_lets_nobody_else_in(self, send: Callable[..., str]) -> None:
        secret = send()
        accept_invitation(secret=secret, user=UserFactory.create(email=EMAIL), addresses={EMAIL})

        with pytest.raises(InvitationGoneError):
            accept_invitation(secret=secret, user=UserFactory.create(), addresses={EMAIL})
