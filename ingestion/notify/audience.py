"""Who hears of an organization's data, and how they want to."""

import dataclasses
import uuid

from ingestion.models import NotificationChoice
from tenants.models import Membership
from tenants.permissions import ROLE_PERMISSIONS, Permission, Role

# Who can mend it: nobody else is bothered.
ROLES = [role for role in Role if Permission.CONTROL_SYNC in ROLE_PERMISSIONS[role]]


@dataclasses.dataclass(frozen=True, slots=True)
class Listener:
    """A member who may act, and where they want to hear of it."""

    user_id: uuid.UUID
    in_app: bool = True
    by_email: bool = True


def listeners() -> list[Listener]:
    """Return who hears of the organization in scope; those who want nothing at all are left out."""
    choices = {choice.user_id: choice for choice in NotificationChoice.objects.all()}
    members = Membership.objects.filter(role__in=ROLES, user__is_active=True)
    found = [
        Listener(user_id, choices[user_id].in_app, choices[user_id].by_email)
        if user_id in choices
        else Listener(user_id)
        for user_id in members.order_by("pk").values_list("user_id", flat=True)
    ]
    return [listener for listener in found if listener.in_app or listener.by_email]


def wants_mail(user_id: uuid.UUID) -> bool:
    """Return whether a person still belongs to those in scope who are told by mail."""
    is_listening = Membership.objects.filter(
        user_id=user_id, role__in=ROLES, user__is_active=True
    ).exists()
    refused = NotificationChoice.objects.filter(user_id=user_id, by_email=False)
    return is_listening and not refused.exists()
