"""What people changed, with what undoes it."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class OperationKind(models.TextChoices):
    """What was done."""

    EDIT_TEXT = "edit_text", "Edited text"
    TAG_ADD = "tag_add", "Added tags"
    TAG_REMOVE = "tag_remove", "Removed tags"
    BOARD_ADD = "board_add", "Added to a board"
    BOARD_REMOVE = "board_remove", "Removed from a board"
    BOARD_REORDER = "board_reorder", "Arranged a board"
    BOARD_CREATE = "board_create", "Made a board"
    BOARD_RENAME = "board_rename", "Renamed a board"
    BOARD_DELETE = "board_delete", "Removed a board"
    TRASH = "trash", "Moved to the trash"
    RESTORE = "restore", "Restored"
    UNDO = "undo", "Undid"


class OperationTarget(models.TextChoices):
    """Which rows an operation changed."""

    TEXT = "text", "Texts of assets"
    TRASH = "trash", "Presence of assets"
    TAGS = "tags", "Tags on assets"
    PLACES = "places", "Assets on boards"
    BOARDS = "boards", "Boards"


class OperationQuerySet(models.QuerySet["Operation"]):
    """Reads of the log."""

    def newest_first(self) -> Self:
        """Order by time; the key breaks ties."""
        return self.order_by("-created_at", "-pk")

    def worth_telling(self) -> Self:
        """Leave out what was worked in batches and turned out to change nothing."""
        ended = models.Q(cancelled_at__isnull=False) | models.Q(done_count=models.F("total_count"))
        return self.exclude(ended, changed_count=0)


class Operation(models.Model):
    """One change by one person, small or bulk.

    ``params`` is what was asked for. Undoing sets ``undone_at`` and writes an operation of its
    own that ``undoes`` this one, so undoing that one does it again; nothing is deleted.

    One of very many assets is worked in batches after the request: ``total_count`` of them, of
    which ``done_count`` are behind us. It is one operation all the same, with one undo.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="operations", db_index=False)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=OperationKind)
    # What its items are images of; an undo changes what its operation changed.
    target = models.CharField(max_length=12, choices=OperationTarget)
    params = models.JSONField(default=dict)
    # How many objects were really changed, and one sentence for the Activity page.
    changed_count = models.PositiveIntegerField(default=0)
    # Of an undo: what was left as it is, because somebody changed it later.
    kept_count = models.PositiveIntegerField(default=0)
    # Of what is worked in batches; 0 of 0 where the request did it.
    total_count = models.PositiveIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True)
    # Where its work ended for good before its end, and the stable word that says why.
    failed_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    summary = models.CharField(max_length=300)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undoes = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        related_name="undos",
        db_constraint=False,
        db_index=False,
    )

    objects = OrgManager.from_queryset(OperationQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["org", "-created_at", "-id"], name="media_operation_newest"),
        ]

    def __str__(self) -> str:
        return self.summary

    @property
    def is_going_on(self) -> bool:
        """Return whether batches of it are still to come."""
        has_ended = self.cancelled_at is not None or self.failed_at is not None
        return not has_ended and self.done_count < self.total_count


class OperationBatch(models.Model):
    """Assets that an operation has still to change; gone once it has.

    The keys are those that were selected when the person asked. Batches are worked in order,
    each in one transaction that deletes it, so that a worker that dies repeats nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="operation_batches", db_index=False
    )
    operation = models.ForeignKey(
        Operation, models.CASCADE, related_name="batches", db_constraint=False, db_index=False
    )
    number = models.PositiveIntegerField()
    asset_ids = ArrayField(models.UUIDField())
    # What failed for good and must not be given up is tried again behind all others.
    put_off_count = models.PositiveIntegerField(default=0, db_default=0)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "operation", "number"], name="media_operationbatch_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id} #{self.number}"


class OperationItem(models.Model):
    """One row that an operation changed, as it was before and after; null is no row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="operation_items", db_index=False
    )
    operation = models.ForeignKey(
        Operation, models.CASCADE, related_name="items", db_constraint=False, db_index=False
    )
    # No key: an object may be purged while the log stays.
    object_id = models.UUIDField()
    # The asset that it concerns, for the history that its page shows.
    asset_id = models.UUIDField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "operation", "object_id"], name="media_operationitem_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "asset_id"],
                condition=models.Q(asset_id__isnull=False),
                name="media_operationitem_history",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.object_id}"
