"""What people changed, with what undoes it."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class OperationQuerySet(models.QuerySet["Operation"]):
    """Reads of the log."""

    def newest_first(self) -> Self:
        """Order by time; the key breaks ties."""
        return self.order_by("-created_at", "-pk")


class Operation(models.Model):
    """One change by one person, small or bulk.

    ``kind`` names the handler in ``media.operations`` that knows how to do and undo it;
    ``params`` is what it was asked to do. Undoing sets ``undone_at``; nothing is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="operations", db_index=False)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=32)
    params = models.JSONField(default=dict)
    # How many objects were really changed, and one sentence for the Activity page.
    changed_count = models.PositiveIntegerField(default=0)
    summary = models.CharField(max_length=300)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = OrgManager.from_queryset(OperationQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["org", "-created_at", "-id"], name="media_operation_newest")
        ]

    def __str__(self) -> str:
        return self.summary


class OperationItem(models.Model):
    """One object that an operation changed, and its values before: the inverse."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="operation_items", db_index=False
    )
    operation = models.ForeignKey(
        Operation, models.CASCADE, related_name="items", db_constraint=False, db_index=False
    )
    # No key: an object may be purged while the log stays.
    object_id = models.UUIDField()
    before = models.JSONField(default=dict)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "operation", "object_id"], name="media_operationitem_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.object_id}"
