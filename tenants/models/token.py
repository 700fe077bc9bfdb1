"""Tokens of API clients."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models.organization import Membership, Organization
from tenants.models.user import User
from tenants.permissions import Permission
from tenants.token_scopes import TokenScope, only_reads


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
    """Opens the API of one organization with the rights of one person, until it expires.

    Of these rights it has those only that its scopes open.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="api_tokens", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    # The first characters, so that a person recognises it; the whole is shown only once.
    prefix = models.CharField(max_length=16, editable=False)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=24, choices=TokenScope))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = OrgManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=TokenScope.values, scopes__len__gt=0),
                name="tenants_apitoken_scopes_known",
            ),
        ]
        indexes = [models.Index(fields=["org", "-created_at"], name="tenants_apitoken_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def only_reads(self) -> bool:
        """Return whether it can change nothing."""
        return only_reads(self.scopes)

    @property
    def scope_labels(self) -> list[str]:
        """Return what people read of its scopes, in the order of the table."""
        return [scope.label for scope in TokenScope if scope in self.scopes]
