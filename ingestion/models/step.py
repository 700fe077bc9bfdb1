"""The steps of a run: what each of them did, and whether it may fail for itself."""

from django.db import models
from django.db.models.functions import Now

from ingestion.models.run import SyncRun
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class StepState(models.TextChoices):
    """How a step stands. One that has not begun has no row."""

    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    # There was a reason not to do it; nothing is known of its dataset.
    SKIPPED = "skipped", "Skipped"


class RunStep(models.Model):
    """One step of a run. Its dataset is as fresh as the step's last success, whatever else failed.

    An optional step that fails leaves the run with a warning; any other ends it. One that is
    skipped says why in ``user_message``, and moves nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="run_steps", db_index=False)
    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="steps", db_constraint=False, db_index=False
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=32)
    # What it refreshes; none for steps that only tidy up.
    dataset = models.CharField(max_length=40, blank=True, default="")
    is_optional = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=StepState, default=StepState.RUNNING)
    changed_count = models.PositiveBigIntegerField(default=0)
    failure_type = models.CharField(max_length=20, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    user_message = models.TextField(blank=True, default="")
    # Where one that takes many slices goes on; only its shares understand it.
    cursor = models.JSONField(null=True)
    # For operators; secrets and content are taken out before it is stored.
    internal_message = models.TextField(blank=True, default="")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "run", "position"], name="ingestion_runstep_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=StepState.values),
                name="ingestion_runstep_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
