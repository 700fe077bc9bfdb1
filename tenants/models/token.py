"""Tokens of API clients."""

from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models.organization import Membership, Organization
from tenants.models.user import User
from tenants.permissions import Permission


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads of tokens."""

    def usable(self) -> Self:
        """Keep those that still open the API."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def visible_to(self, membership: Membership) -> Self:
        """Keep a person's own; who manages members sees everybody's."""
        if membership.allows(Permission.MANAGE_MEMBERS):
            return self.all()
        return self.filter(user_id=membership.user_id)

    def newest_first(self) -> Self:
        """Order by making; the key breaks ties."""
        return self.order_by("-created_at", "-pk")


class ApiToken(models.Model):
    """Opens the API of one organization with the rights of one person, until it expires."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="api_tokens", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    # The first characters, so that a person recognises it; the whole is shown only once.
    prefix = models.CharField(max_length=16, editable=False)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    is_read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = OrgManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["org", "-created_at"], name="tenants_apitoken_newest")]

    def __str__(self) -> str:
        return self.name
