"""What to do and when, and each organization's share of the workers."""

from django.db import models
from django.db.models.functions import Now

from connectors.models import Connection
from ingestion.schedule.cadence import Cadence
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class JobKind(models.TextChoices):
    """What the jobs of this app do; others may register more kinds."""

    IMPORT = "import", "Import"
    DROP = "drop", "Read the drop folder"
    FETCH = "fetch", "Fetch pictures"
    RENDITION = "rendition", "Make thumbnails"
    FACES = "faces", "Find faces"
    LINKS = "links", "Check links"
    CHANGE = "change", "Change the library"
    UPKEEP = "upkeep", "Nightly upkeep"
    FACES_WITHDRAWAL = "faces_withdrawal", "Delete faces"
    SCRAPE = "scrape", "Scrape a page"
    UPLOAD = "upload", "Take in pictures"
    CAPTURE = "capture", "Save a picture"
    SYNC = "sync", "Sync an account"
    PINS = "pins", "Pin details"
    PURGE = "purge", "Remove what an account brought"


# Of single pictures, each with a record of its own from the start.
GATHERING = (JobKind.SCRAPE, JobKind.UPLOAD, JobKind.CAPTURE)


class JobState(models.TextChoices):
    """Whether a job makes runs."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    ARCHIVED = "archived", "Archived"


class Job(models.Model):
    """What to do and when. A one-off job is archived when done, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="jobs", db_index=False)
    # What its owner calls it; the kind's label where it is empty.
    name = models.CharField(max_length=120, blank=True, default="")
    # Of the registry in ``ingestion.engine.kinds``: a kind that is new needs no migration.
    kind = models.CharField(max_length=24)
    connection = models.ForeignKey(
        Connection, models.CASCADE, null=True, related_name="jobs", db_constraint=False
    )
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.ACTIVE)
    is_one_off = models.BooleanField(default=True)

    # When it comes due by itself; see ``Cadence``. Neither interval nor cron: never.
    interval_s = models.PositiveIntegerField(null=True)
    cron = models.CharField(max_length=120, blank=True, default="")
    timezone = models.CharField(max_length=64, default="UTC")
    jitter_s = models.PositiveIntegerField(default=0)
    next_due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    # Nobody: it was paused by itself, after too many failures.
    paused_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    pause_reason = models.CharField(max_length=200, blank=True, default="")

    # Of runs that count (no dry run, nothing cancelled); a success begins the row anew.
    consecutive_failures = models.PositiveIntegerField(default=0, db_default=0)
    last_success_at = models.DateTimeField(null=True)
    # When people were told that it keeps failing; empty again after a success.
    warned_at = models.DateTimeField(null=True)

    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    archived_at = models.DateTimeField(null=True)
    # When people took it off the list of what they brought; its runs stay.
    hidden_at = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            # Stages have one standing job per organization.
            models.UniqueConstraint(
                fields=["org", "kind"],
                condition=models.Q(is_one_off=False, connection=None),
                name="ingestion_job_one_standing",
            ),
            models.UniqueConstraint(
                fields=["org", "connection", "kind"],
                condition=models.Q(is_one_off=False, connection__isnull=False),
                name="ingestion_job_one_per_connection",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="ingestion_job_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(interval_s=None) | models.Q(cron=""),
                name="ingestion_job_one_cadence",
            ),
            models.CheckConstraint(
                condition=models.Q(state="paused") ^ models.Q(paused_at=None),
                name="ingestion_job_paused_since",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"],
                condition=models.Q(state="active", next_due_at__isnull=False),
                name="ingestion_job_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def cadence(self) -> Cadence:
        """Return how often it runs by itself."""
        return Cadence(self.interval_s, self.cron, self.timezone, self.jitter_s)


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
