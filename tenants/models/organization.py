"""The tenant, and who belongs to it."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models.user import User
from tenants.permissions import ROLE_PERMISSIONS, Permission, Role


class Organization(models.Model):
    """Owns every tenant row. A person gets a personal one at sign-up.

    Row-level security admits the organization in scope, and those of the person in scope.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    is_personal = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reads of memberships."""

    def with_people(self) -> Self:
        """Fetch the person of each membership, by rank and name."""
        rank = models.Case(
            *(models.When(role=role, then=place) for place, role in enumerate(Role.values)),
            output_field=models.SmallIntegerField(),
        )
        return self.select_related("user").order_by(rank, "user__name", "user__email", "pk")

    def owners(self) -> Self:
        """Keep the owners."""
        return self.filter(role=Role.OWNER)


class Membership(models.Model):
    """A person's role in an organization."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="memberships", db_index=False
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager.from_queryset(MembershipQuerySet)()
    # Reads across organizations, for the person in ``user_scope`` only: the policy sees to it.
    of_person = models.Manager.from_queryset(MembershipQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "user"], name="tenants_membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="tenants_membership_role_known"
            ),
        ]
        indexes = [models.Index(fields=["user"], name="tenants_membership_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"

    def allows(self, permission: Permission) -> bool:
        """Return whether the role holds ``permission``."""
        return permission in ROLE_PERMISSIONS[self.role]
