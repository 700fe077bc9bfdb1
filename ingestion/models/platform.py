"""What operators watch; it belongs to no organization and holds nothing of any."""

from django.db import models
from django.db.models.functions import Now


class WorkerBeat(models.Model):
    """A cluster of workers that lives, by the last word of its supervisor."""

    # Begins every lease that its workers hold.
    owner = models.CharField(max_length=120, primary_key=True)
    host = models.CharField(max_length=120)
    cluster = models.CharField(max_length=40)
    pid = models.PositiveIntegerField()
    workers = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now())
    is_draining = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.owner


class PlatformStatus(models.Model):
    """How the last turns of one chore of the whole platform went, such as the tick's sweep.

    As with datasets, only a success moves ``last_success_at``.
    """

    name = models.CharField(max_length=40, primary_key=True)
    expected_every_s = models.PositiveIntegerField()
    last_success_at = models.DateTimeField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True, default="")
    changed_count = models.PositiveBigIntegerField(default=0)
    took_ms = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
