"""How far each unit has come in each step of post-processing."""

from django.db import models
from django.db.models.functions import Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class Stage(models.TextChoices):
    """A step of post-processing, by the kind of its unit."""

    FETCH = "fetch", "Fetch pictures"  # AssetMedia
    RENDITION = "rendition", "Make thumbnails"  # Blob
    FACES = "faces", "Find faces"  # Blob
    LINKS = "links", "Check links"  # Asset


class StageStatus(models.TextChoices):
    """Where one unit stands."""

    PENDING = "pending", "Pending"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    NOT_APPLICABLE = "n/a", "Not applicable"


class StageState(models.Model):
    """One unit in one stage; exactly one of the three unit columns is set.

    Missing, failed and all can each be run again by setting rows back to pending.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="stage_states", db_index=False
    )
    stage = models.CharField(max_length=12)
    media = models.ForeignKey(
        "media.AssetMedia", models.CASCADE, null=True, db_constraint=False, db_index=False
    )
    blob = models.ForeignKey(
        "media.Blob", models.CASCADE, null=True, db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(
        "media.Asset", models.CASCADE, null=True, db_constraint=False, db_index=False
    )
    status = models.CharField(max_length=8, choices=StageStatus, default=StageStatus.PENDING)
    # Where it stood before people put it in line again, as long as it waits for that: what it goes
    # back to where they call that off. Its error code stays until it is tried.
    former = models.CharField(max_length=8, blank=True, default="", db_default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    # What made the result where that matters: the key of an engine, of which there may be another.
    made_with = models.CharField(max_length=48, blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    # Since when it is pending; tries that failed do not make it younger.
    waiting_since = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "media", "stage"],
                condition=models.Q(media__isnull=False),
                name="media_stagestate_once_media",
            ),
            models.UniqueConstraint(
                fields=["org", "blob", "stage"],
                condition=models.Q(blob__isnull=False),
                name="media_stagestate_once_blob",
            ),
            models.UniqueConstraint(
                fields=["org", "asset", "stage"],
                condition=models.Q(asset__isnull=False),
                name="media_stagestate_once_asset",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(media__isnull=False, blob=None, asset=None)
                    | models.Q(media=None, blob__isnull=False, asset=None)
                    | models.Q(media=None, blob=None, asset__isnull=False)
                ),
                name="media_stagestate_one_unit",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=StageStatus.values),
                name="media_stagestate_status_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "stage", "due_at"],
                condition=models.Q(status="pending"),
                name="media_stagestate_pending",
            ),
            models.Index(
                fields=["org", "stage", "error_code"],
                condition=models.Q(status="failed"),
                name="media_stagestate_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.status}"
