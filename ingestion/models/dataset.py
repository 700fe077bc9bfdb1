"""How fresh each dataset is, every change of that, and where its streams stood before."""

import datetime as dt

from django.db import models
from django.db.models.functions import Now

from connectors.models import Connection
from ingestion.freshness.states import Freshness
from ingestion.models.job import Job
from ingestion.models.origin import SourceCheckpoint
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User

CHECKPOINTS_KEPT = 50


class DatasetStatus(models.Model):
    """What is known of one dataset of an organization: of a connection's stream, or of a stage.

    ``last_success_at``, ``as_of`` and ``row_count`` are moved by a success of the very step that
    refreshes the dataset, and by nothing else. Counts of a stage's units are a cache of the
    table of its units, as of ``counted_at``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="datasets", db_index=False)
    # None for what belongs to the organization as a whole.
    connection = models.ForeignKey(
        Connection,
        models.CASCADE,
        null=True,
        related_name="datasets",
        db_constraint=False,
        db_index=False,
    )
    # Of the registry in ``ingestion.freshness.datasets``.
    name = models.CharField(max_length=40)
    # Whose schedule and pause count; none where people bring the data.
    job = models.ForeignKey(
        Job, models.SET_NULL, null=True, related_name="datasets", db_constraint=False
    )
    # Of what people bring: after how long they want to be reminded.
    remind_every_s = models.PositiveIntegerField(null=True)
    grace_s = models.PositiveIntegerField(null=True)

    # When the last success ended and began; what changed at the source since it began may lack.
    last_success_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    last_changed_at = models.DateTimeField(null=True)
    last_run_id = models.UUIDField(null=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    failure_type = models.CharField(max_length=20, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    user_message = models.TextField(blank=True, default="")
    # What the last success was not quite sure of, such as a source that now returns nothing.
    warning_code = models.CharField(max_length=40, blank=True, default="")

    row_count = models.PositiveBigIntegerField(default=0)
    total_count = models.PositiveBigIntegerField(default=0)
    pending_count = models.PositiveBigIntegerField(default=0)
    failed_count = models.PositiveBigIntegerField(default=0)
    oldest_pending_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)

    state = models.CharField(max_length=16, choices=Freshness, default=Freshness.NEVER)
    # While it is paused, what it would say otherwise: where it goes on from.
    state_under_pause = models.CharField(
        max_length=16, choices=Freshness, blank=True, default="", db_default=""
    )
    state_since = models.DateTimeField(db_default=Now())
    # When the tick looks at it again; None where time alone changes nothing.
    alert_at = models.DateTimeField(null=True)
    muted_until = models.DateTimeField(null=True)
    # Who silenced it for everybody.
    muted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(db_default=Now())

    # Of its runs, where ``freshness.reads`` gave it: when the next one in line begins.
    next_at: dt.datetime | None
    is_at_work: bool

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "connection", "name"],
                nulls_distinct=False,
                name="ingestion_dataset_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=Freshness.values), name="ingestion_dataset_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["alert_at"],
                condition=models.Q(alert_at__isnull=False),
                name="ingestion_dataset_alert",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"

    @property
    def age(self) -> dt.timedelta | None:
        """Return how long ago the data that it shows was fetched; None where none was."""
        return None if self.as_of is None else dt.datetime.now(dt.UTC) - self.as_of


class DatasetFlip(models.Model):
    """One change of a dataset's state, and why; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="dataset_flips", db_index=False
    )
    dataset = models.ForeignKey(
        DatasetStatus, models.CASCADE, related_name="flips", db_constraint=False
    )
    old_state = models.CharField(max_length=16, choices=Freshness)
    new_state = models.CharField(max_length=16, choices=Freshness)
    # A word that says what made it so: success, failure, time, paused, resumed …
    reason = models.CharField(max_length=40)
    run_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())
    # When notifications were made of it, or it was found to be none of anybody's business.
    notified_at = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        indexes = [
            models.Index(fields=["org", "-at"], name="ingestion_flip_newest"),
            models.Index(
                fields=["org", "at"],
                condition=models.Q(notified_at=None),
                name="ingestion_flip_untold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_state} → {self.new_state}"


class CheckpointHistory(models.Model):
    """Where a stream stood at the end of a run: what can be rewound to.

    The last ``CHECKPOINTS_KEPT`` of each stream are kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="checkpoint_history", db_index=False
    )
    checkpoint = models.ForeignKey(
        SourceCheckpoint, models.CASCADE, related_name="history", db_constraint=False
    )
    cursor = models.JSONField(null=True)
    sequence = models.PositiveBigIntegerField()
    run_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "checkpoint", "sequence"], name="ingestion_checkpointhistory_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} @{self.sequence}"
