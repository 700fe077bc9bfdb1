"""How people want to hear of an organization's data, and the link that ends the mails."""

import uuid

from django.core import signing
from django.db.models import F

from ingestion.models import Notification, NotificationChoice
from tenants.models import Membership, Organization, User
from tenants.scope import org_scope


def choice_of(user: User) -> NotificationChoice:
    """Return what ``user`` chose for the organization in scope, or what holds without a choice."""
    chosen = NotificationChoice.objects.filter(user=user).first()
    return chosen or NotificationChoice(user=user)


def choose(org_id: uuid.UUID, user_id: uuid.UUID, **wanted: bool) -> None:
    """Keep what a person wants: ``in_app``, ``by_email`` or both; what waits to be sent is not."""
    NotificationChoice.objects.update_or_create(org_id=org_id, user_id=user_id, defaults=wanted)
    if not wanted.get("by_email", True):
        unsent = Notification.objects.filter(user_id=user_id, mailed_at=None)
        unsent.update(mailed_at=F("created_at"))


def forget(user_id: uuid.UUID) -> None:
    """Delete what the organization in scope told a person who left it, and what they chose."""
    Notification.objects.filter(user_id=user_id).delete()
    NotificationChoice.objects.filter(user_id=user_id).delete()


def seal(org_id: uuid.UUID, user_id: uuid.UUID) -> str:
    """Return what stands in the link of a mail: it ends these mails to this person, and no more.

    It does not grow old: a mail may be opened after years.
    """
    return _signer().sign_object([str(org_id), str(user_id)])


def unseal(token: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return organization and person of a link, or None where it is none of ours."""
    try:
        org_id, user_id = _signer().unsign_object(token)
    except signing.BadSignature:
        return None
    return uuid.UUID(org_id), uuid.UUID(user_id)


def organization_of(org_id: uuid.UUID, user_id: uuid.UUID) -> Organization | None:
    """Return the organization whose mails a link ends, or None where the person left it."""
    with org_scope(org_id):
        member = Membership.objects.select_related("org").filter(user_id=user_id).first()
    return None if member is None else member.org


def stop_mails(org_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Send a member no more mails of this kind; nothing happens to who left."""
    with org_scope(org_id):
        if Membership.objects.filter(user_id=user_id).exists():
            choose(org_id, user_id, by_email=False)


def _signer() -> signing.Signer:
    # Of the signs that an address takes as they are.
    return signing.Signer(salt="notifications-off", sep="~")
