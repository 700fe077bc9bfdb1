"""One execution of a job, its tries, and its timeline."""

from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from ingestion.models.job import Job
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User
from tenants.queue import WORK


class RunState(models.TextChoices):
    """Where a run stands. Only ``running`` holds a lease."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    RETRY_WAIT = "retry_wait", "Waiting to retry"
    SUCCEEDED = "succeeded", "Succeeded"
    WARNINGS = "succeeded_with_warnings", "Succeeded with warnings"
    FAILED = "failed", "Failed"
    ACTION_REQUIRED = "action_required", "Action required"
    CANCELLED = "cancelled", "Cancelled"
    DEAD = "dead", "Dead"


WAITING_STATES = (RunState.QUEUED, RunState.RETRY_WAIT)
OPEN_STATES = (*WAITING_STATES, RunState.RUNNING)
# When a run comes due that is held. Far enough to be never; infinity has no place in ``datetime``.
HELD_UNTIL = datetime(9999, 1, 1, tzinfo=UTC)
# When one comes due that waits for the end of another; that end brings it forward.
IN_LINE_UNTIL = datetime(9998, 1, 1, tzinfo=UTC)


class Lane(models.IntegerChoices):
    """Which line a run waits in; a lower number goes first."""

    INTERACTIVE = 0, "Interactive"
    BULK = 1, "Bulk"


class Trigger(models.TextChoices):
    """Why a run was queued."""

    PERSON = "person", "A person"
    API = "api", "The API"
    SCHEDULE = "schedule", "Its schedule"
    WORK = "work", "New work"


class RunMode(models.TextChoices):
    """Over what a run goes."""

    NORMAL = "normal", "What is new"
    MISSING = "missing", "What is missing"
    FAILED = "failed", "What failed"
    ALL = "all", "All again"
    BACKFILL = "backfill", "A window of time"
    REWIND = "rewind", "From an earlier checkpoint"


# Of runs that leave nothing out; the others go over a part.
WHOLE_MODES = (RunMode.NORMAL, RunMode.REWIND, RunMode.ALL)
# Of runs over a part of what a source or a folder holds.
PARTIAL_MODES = (RunMode.FAILED, RunMode.BACKFILL)


class RunQuerySet(models.QuerySet["SyncRun"]):
    """Reads of runs."""

    def open(self) -> Self:
        """Keep what is queued, waiting or running."""
        return self.filter(state__in=OPEN_STATES)

    def in_lock_order(self) -> Self:
        """Order as workers lock runs of one job: the one at work, then those that wait."""
        is_waiting = models.Case(models.When(state=RunState.RUNNING, then=0), default=1)
        return self.order_by(is_waiting, "pk")

    def held(self) -> Self:
        """Keep what somebody stopped on the command line, to go on with it later."""
        return self.filter(state=RunState.QUEUED, run_after__gte=HELD_UNTIL)

    def newest_first(self) -> Self:
        """Order by queueing; the key breaks ties."""
        return self.order_by("-created_at", "-pk")


class SyncRun(models.Model):
    """One execution of a job.

    Counters balance: ``raw = new + updated + unchanged + skipped + failed``, by a constraint.
    Every transition is a compare-and-set on ``state`` and, while running, ``lease_token``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="runs", db_index=False)
    job = models.ForeignKey(Job, models.CASCADE, related_name="runs", db_constraint=False)
    # Same as the job's; here so that one index can allow one writer per connection.
    connection_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=24)
    is_dry_run = models.BooleanField(default=False)
    trigger = models.CharField(max_length=12, choices=Trigger, default=Trigger.WORK)
    mode = models.CharField(
        max_length=10, choices=RunMode, default=RunMode.NORMAL, db_default=RunMode.NORMAL
    )
    # Of a backfill: from (inclusive) and to (exclusive), by the time that the source names.
    window_from = models.DateTimeField(null=True)
    window_to = models.DateTimeField(null=True)
    # Whose failed records this run reads once more; none for all other runs.
    of_run_id = models.UUIDField(null=True)
    state = models.CharField(max_length=24, choices=RunState, default=RunState.QUEUED)
    lane = models.PositiveSmallIntegerField(choices=Lane, default=Lane.BULK)
    # Whose workers may claim it; see the class of its kind.
    cluster = models.CharField(max_length=16, default=WORK, db_default=WORK)
    run_after = models.DateTimeField(db_default=Now())

    attempt = models.PositiveSmallIntegerField(default=0)
    # Of failures in a row; a page that was written begins the row anew.
    max_attempts = models.PositiveSmallIntegerField(default=6)
    failed_streak = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Waits that the source asked for, in a row; they are no failures.
    wait_streak = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Of all failures: one that keeps failing between pages ends as well.
    failure_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    lost_streak = models.PositiveSmallIntegerField(default=0)
    # Seconds without a page after which it counts as stuck, and from its first claim to its
    # deadline; see the class of its kind.
    stall_s = models.PositiveIntegerField(default=600, db_default=600)
    deadline_s = models.PositiveIntegerField(default=86_400, db_default=86_400)
    deadline_at = models.DateTimeField(null=True)
    slices = models.PositiveIntegerField(default=0)
    lease_token = models.BigIntegerField(null=True)
    lease_owner = models.CharField(max_length=120, blank=True, default="")
    lease_expires_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    progress_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    cancel_requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    # What the records became, and how far the source was read.
    raw_count = models.PositiveBigIntegerField(default=0)
    new_count = models.PositiveBigIntegerField(default=0)
    updated_count = models.PositiveBigIntegerField(default=0)
    unchanged_count = models.PositiveBigIntegerField(default=0)
    skipped_count = models.PositiveBigIntegerField(default=0)
    failed_count = models.PositiveBigIntegerField(default=0)
    unparsed_count = models.PositiveBigIntegerField(default=0)
    reference_only_count = models.PositiveBigIntegerField(default=0)
    with_picture_count = models.PositiveBigIntegerField(default=0)
    # Where two of them stood when the slice that is at work began.
    new_count_at_claim = models.PositiveBigIntegerField(default=0, db_default=0)
    failed_count_at_claim = models.PositiveBigIntegerField(default=0, db_default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    bytes_total = models.PositiveBigIntegerField(null=True)
    # How many records or units there will be, where that is known beforehand.
    expected_count = models.PositiveBigIntegerField(null=True)
    phase = models.CharField(max_length=32, blank=True, default="")

    failure_type = models.CharField(max_length=20, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_origin = models.CharField(max_length=10, blank=True, default="", db_default="")
    user_message = models.TextField(blank=True, default="")

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = OrgManager.from_queryset(RunQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "connection_id"],
                condition=models.Q(state="running", is_dry_run=False, connection_id__isnull=False),
                name="ingestion_run_one_writer",
            ),
            # Only of those that have not begun: a run that goes back in line may meet the next.
            # And only of those that go over the same.
            models.UniqueConstraint(
                fields=[
                    "org",
                    "job",
                    "is_dry_run",
                    "mode",
                    "window_from",
                    "window_to",
                    "of_run_id",
                ],
                condition=models.Q(state__in=["queued", "retry_wait"], started_at=None),
                name="ingestion_run_one_waiting",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RunState.values), name="ingestion_run_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(trigger__in=Trigger.values), name="ingestion_run_trigger_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    raw_count=models.F("new_count")
                    + models.F("updated_count")
                    + models.F("unchanged_count")
                    + models.F("skipped_count")
                    + models.F("failed_count")
                ),
                name="ingestion_run_balances",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(lease_token__isnull=False),
                name="ingestion_run_running_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "lane", "run_after", "id"],
                condition=models.Q(state__in=["queued", "retry_wait"]),
                name="ingestion_run_due",
            ),
            models.Index(
                fields=["lease_expires_at"],
                condition=models.Q(state="running"),
                name="ingestion_run_leases",
            ),
            models.Index(fields=["org", "-created_at", "-id"], name="ingestion_run_newest"),
            # The last runs of one kind and connection, whatever their number.
            models.Index(
                fields=["org", "kind", "connection_id", "-created_at", "-id"],
                condition=models.Q(is_dry_run=False),
                name="ingestion_run_line",
            ),
            # What ended since some day, and all that a chart of days tells of it.
            models.Index(
                fields=["org", "finished_at"],
                include=["started_at", "state", "raw_count"],
                condition=models.Q(is_dry_run=False, finished_at__isnull=False),
                name="ingestion_run_ended",
            ),
            models.Index(
                fields=["finished_at"],
                condition=models.Q(finished_at__isnull=False),
                name="ingestion_run_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_open(self) -> bool:
        """Return whether the run may still change."""
        return self.state in OPEN_STATES

    def does(
        self,
        mode: RunMode,
        *,
        window: tuple[datetime | None, datetime | None] = (None, None),
        of_run_id: UUID | None = None,
    ) -> bool:
        """Return whether the run goes over all that one of these would go over."""
        if mode in WHOLE_MODES and self.mode in WHOLE_MODES:
            return mode != RunMode.ALL or self.mode == RunMode.ALL
        asked = (mode, *window, of_run_id)
        return asked == (self.mode, self.window_from, self.window_to, self.of_run_id)

    @property
    def is_held(self) -> bool:
        """Return whether somebody stopped it on the command line, to go on with it later."""
        return self.state == RunState.QUEUED and self.run_after >= HELD_UNTIL

    @property
    def is_in_line(self) -> bool:
        """Return whether it begins once those before it have ended."""
        return self.state == RunState.QUEUED and IN_LINE_UNTIL <= self.run_after < HELD_UNTIL

    @property
    def has_progressed(self) -> bool:
        """Return whether anything was written since the run was last claimed."""
        return self.progress_at != self.claimed_at

    @property
    def slice_new_count(self) -> int:
        """Return how much was new to us since the run was last claimed."""
        return self.new_count - self.new_count_at_claim

    @property
    def slice_failed_count(self) -> int:
        """Return how much failed since the run was last claimed."""
        return self.failed_count - self.failed_count_at_claim

    @property
    def parsed_count(self) -> int:
        """Return how many raw records could be read as a record at all."""
        return self.raw_count - self.unparsed_count

    @property
    def existing_count(self) -> int:
        """Return how many records met an asset that was already there."""
        return self.updated_count + self.unchanged_count


class RunAttempt(models.Model):
    """One try of a run: from a claim that counts to its end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="run_attempts", db_index=False
    )
    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="attempts", db_constraint=False, db_index=False
    )
    number = models.PositiveSmallIntegerField()
    worker = models.CharField(max_length=120)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=24, blank=True, default="")
    failure_type = models.CharField(max_length=20, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_origin = models.CharField(max_length=10, blank=True, default="", db_default="")
    # For operators; secrets and content are taken out before it is stored.
    internal_message = models.TextField(blank=True, default="")

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "run", "number"], name="ingestion_runattempt_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.number}"


class RunEvent(models.Model):
    """A line of a run's timeline; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="run_events", db_index=False)
    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="events", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=32)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        indexes = [models.Index(fields=["org", "run", "at"], name="ingestion_runevent_timeline")]

    def __str__(self) -> str:
        return self.name
