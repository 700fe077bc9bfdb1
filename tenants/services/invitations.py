"""Invites people by mail and lets them in.

The secret of an invitation is only in its link; the database holds the SHA-256 of it.
"""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from tenants.errors import (
    AlreadyMemberError,
    InvitationForAnotherError,
    InvitationGoneError,
    RoleTooLowError,
)
from tenants.models import Invitation, Membership, User
from tenants.permissions import Permission, Role
from tenants.scope import org_scope
from tenants.services.members import lock_members

VALID_FOR = dt.timedelta(days=14)
SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody who opens the link of an invitation may know."""

    org_name: str
    org_slug: str
    email: str
    role: str
    invited_by: str


@transaction.atomic
def invite(*, actor: Membership, email: str, role: Role, link: Callable[[str], str]) -> Invitation:
    """Offer a role to whoever reads the mail of ``email``; the mail goes out on commit.

    Inviting an address again replaces the invitation: the older link opens nothing.

    Args:
        actor: who invites.
        email: whom.
        role: what they will be.
        link: makes the address of the page that accepts, from the secret.

    Raises:
        RoleTooLowError: ``actor`` may not invite, or not an owner.
        AlreadyMemberError: the address belongs to a member.
    """
    email = email.strip().lower()
    lock_members(actor.org_id)
    if not actor.allows(Permission.MANAGE_MEMBERS):
        raise RoleTooLowError("Only owners and admins can invite people.")
    if role == Role.OWNER and not actor.allows(Permission.MANAGE_OWNERS):
        raise RoleTooLowError("Only an owner can invite an owner.")
    if Membership.objects.filter(user__email=email).exists():
        raise AlreadyMemberError(f"{email} belongs to {actor.org} already.")
    now = timezone.now()
    Invitation.objects.unanswered().filter(email=email).update(revoked_at=now)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    invitation = Invitation.objects.create(
        org=actor.org,
        email=email,
        role=role,
        token_sha256=_digest(secret),
        invited_by=actor.user,
        expires_at=now + VALID_FOR,
    )
    # Robust: a mail server that is away must not undo the invitation; it can be sent again.
    transaction.on_commit(lambda: _send(invitation, link(secret)), robust=True)
    return invitation


@transaction.atomic
def revoke_invitation(*, actor: Membership, invitation: Invitation) -> None:
    """Make the link of an invitation open nothing; a second time changes nothing.

    Raises:
        RoleTooLowError: ``actor`` may not manage members.
    """
    if not actor.allows(Permission.MANAGE_MEMBERS):
        raise RoleTooLowError("Only owners and admins can revoke an invitation.")
    unanswered = Invitation.objects.unanswered().filter(pk=invitation.pk)
    unanswered.update(revoked_at=timezone.now())


def find_offer(secret: str) -> Offer:
    """Return what the link of an invitation offers.

    Raises:
        InvitationGoneError: it was used, revoked or replaced, or is too old.
    """
    invitation_id, org_id = _look_up(secret)
    with org_scope(org_id):
        invitation = (
            Invitation.objects.open()
            .select_related("org", "invited_by")
            .filter(pk=invitation_id)
            .first()
        )
    if invitation is None:
        raise _gone()
    return Offer(
        org_name=invitation.org.name,
        org_slug=invitation.org.slug,
        email=invitation.email,
        role=invitation.get_role_display(),
        invited_by=str(invitation.invited_by or "Somebody"),
    )


def accept_invitation(*, secret: str, user: User, addresses: Collection[str]) -> Membership:
    """Let the invited person in; accepting again returns the same membership.

    Args:
        secret: of the link.
        user: who accepts.
        addresses: e-mail addresses in lower case that ``user`` proved to be theirs.

    Raises:
        InvitationGoneError: it was used by somebody else, revoked, replaced, or is too old.
        InvitationForAnotherError: it is for none of ``addresses``.
    """
    invitation_id, org_id = _look_up(secret)
    with org_scope(org_id):
        lock_members(org_id)
        invitation = Invitation.objects.select_related("org").get(pk=invitation_id)
        if invitation.email not in addresses:
            raise InvitationForAnotherError(
                f"This invitation is for {invitation.email}. Sign in with that address, or ask "
                f"for an invitation to yours."
            )
        if invitation.accepted_at is not None:
            member = Membership.objects.select_related("org").filter(user=user).first()
            if member is None:
                raise _gone()
            return member
        if not Invitation.objects.open().filter(pk=invitation_id).exists():
            raise _gone()
        membership, _ = Membership.objects.get_or_create(
            org=invitation.org, user=user, defaults={"role": invitation.role}
        )
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        return membership


def _look_up(secret: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Find an invitation before its organization is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT invitation_id, org_id FROM engine_invitation(%s)", [_digest(secret)])
        row = cursor.fetchone()
    if row is None:
        raise _gone()
    return row[0], row[1]


def _gone() -> InvitationGoneError:
    return InvitationGoneError(
        "This invitation was used or withdrawn, or it is too old. Ask for a new one."
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _send(invitation: Invitation, url: str) -> None:
    context = {
        "invitation": invitation,
        "url": url,
        "days": VALID_FOR.days,
        "site_name": settings.SITE_NAME,
    }
    subject = render_to_string("tenants/mail/invitation_subject.txt", context)
    send_mail(
        subject=" ".join(subject.split()),
        message=render_to_string("tenants/mail/invitation.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )
