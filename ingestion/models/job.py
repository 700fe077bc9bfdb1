"""What to do and when, and each organization's share of the workers."""

from django.db import models
from django.db.models.functions import Now

from connectors.models import Connection
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class JobKind(models.TextChoices):
    """What a job does; ``ingestion.kinds`` maps each to its code."""

    IMPORT = "import", "Import"
    FETCH = "fetch", "Fetch pictures"
    RENDITION = "rendition", "Make thumbnails"
    CHANGE = "change", "Change the library"


class JobState(models.TextChoices):
    """Whether a job makes runs."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    ARCHIVED = "archived", "Archived"


class Job(models.Model):
    """What to do and when. A one-off job is archived when done, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="jobs", db_index=False)
    kind = models.CharField(max_length=24, choices=JobKind)
    connection = models.ForeignKey(
        Connection, models.CASCADE, null=True, related_name="jobs", db_constraint=False
    )
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.ACTIVE)
    is_one_off = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    archived_at = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            # Stages have one standing job per organization.
            models.UniqueConstraint(
                fields=["org", "kind"],
                condition=models.Q(is_one_off=False, connection=None),
                name="ingestion_job_one_standing",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="ingestion_job_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class OrgSchedule(models.Model):
    """An organization's place in the fair line: weighted virtual time and a cap of slices."""

    org = models.OneToOneField(
        Organization, models.CASCADE, primary_key=True, related_name="schedule"
    )
    weight = models.FloatField(default=1.0)
    max_running = models.PositiveSmallIntegerField(default=2)
    vtime = models.FloatField(default=0.0)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weight__gt=0), name="ingestion_orgschedule_weight_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org_id} {self.vtime:.2f}"
