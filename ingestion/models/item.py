"""The ledger of runs: what became of each record."""

from django.db import models

from ingestion.models.run import SyncRun
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class ItemOutcome(models.TextChoices):
    """What became of one raw record; of a picture that a run is to bring, how far that is."""

    QUEUED = "queued", "Queued"
    PROCESSING = "processing", "Processing"
    NEW = "new", "New"
    UPDATED = "updated", "Updated"
    UNCHANGED = "unchanged", "Unchanged"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"


# Of what a run has still to do; they count among none of its records yet.
UNFINISHED = (ItemOutcome.QUEUED, ItemOutcome.PROCESSING)


class RunItem(models.Model):
    """What became of one raw record of a run; ``ordinal`` is its place in the source."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="run_items", db_index=False)
    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="items", db_constraint=False, db_index=False
    )
    ordinal = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=10, choices=ItemOutcome)
    reason = models.CharField(max_length=32, blank=True, default="")
    source_ref = models.CharField(max_length=2048, blank=True, default="")
    # 128-bit hash of source and ref: finds an earlier record of the same ref in the run.
    ref_key = models.UUIDField(null=True)
    # No key: the ledger outlives what it speaks of.
    asset_id = models.UUIDField(null=True)
    detail = models.TextField(blank=True, default="")
    excerpt = models.TextField(blank=True, default="")
    # What the run needs to know to do it, where it goes over single pictures; see ``Wanted``.
    payload = models.JSONField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "run", "ordinal"], name="ingestion_runitem_once"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=ItemOutcome.values),
                name="ingestion_runitem_outcome_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "ref_key"],
                condition=models.Q(ref_key__isnull=False),
                name="ingestion_runitem_ref",
            ),
            models.Index(
                fields=["org", "run", "outcome", "ordinal"],
                condition=models.Q(outcome__in=["skipped", "failed"]),
                name="ingestion_runitem_rejected",
            ),
            models.Index(
                fields=["org", "run", "ordinal"],
                condition=models.Q(outcome__in=["queued", "processing"]),
                name="ingestion_runitem_unfinished",
            ),
            models.Index(
                fields=["org", "source_ref"],
                condition=models.Q(reason__in=["same_bytes", "too_small"]),
                name="ingestion_runitem_passed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal} {self.outcome}"
