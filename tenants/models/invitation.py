"""Invitations by e-mail into an organization."""

from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models.organization import Organization
from tenants.models.user import User
from tenants.permissions import Role


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def unanswered(self) -> Self:
        """Keep those that nobody accepted or revoked, however old."""
        return self.filter(accepted_at=None, revoked_at=None)

    def open(self) -> Self:
        """Keep those that can still be accepted."""
        return self.unanswered().filter(expires_at__gt=timezone.now()).order_by("-created_at", "pk")


class Invitation(models.Model):
    """An offer of a role to whoever holds the link and the address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="invitations", db_index=False
    )
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Role)
    # SHA-256 of the secret in the link; the secret itself is only in the mail.
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = OrgManager.from_queryset(InvitationQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="tenants_invitation_once_open",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="tenants_invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.role}"

    @property
    def is_expired(self) -> bool:
        """Return whether the link is too old."""
        return self.expires_at <= timezone.now()
