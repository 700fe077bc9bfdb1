"""Who reported an asset, and how far each stream was read."""

from django.db import models
from django.db.models.functions import Now

from connectors.models import Connection
from media.models import Asset
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class AssetOrigin(models.Model):
    """Which connection reported an asset. Purge, retention and removal sweeps read it."""

    class Via(models.TextChoices):
        """How it came."""

        EXPORT = "export", "Export file"
        API = "api", "API"
        CAPTURE = "capture", "Bookmarklet"
        SCRAPE = "scrape", "Page"
        UPLOAD = "upload", "Upload"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="asset_origins", db_index=False
    )
    asset = models.ForeignKey(
        Asset, models.CASCADE, related_name="origins", db_constraint=False, db_index=False
    )
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    via = models.CharField(max_length=8, choices=Via)
    first_run_id = models.UUIDField()
    # The last run that found anything changed; that a run saw it at all is in its ledger.
    changed_run_id = models.UUIDField()
    # The record as it came, without third parties' personal data, for a better parser.
    raw = models.JSONField(default=dict)
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)
    # When the account last showed it, where looks at everything since then could not: its board
    # was spared. Null where the last look saw it.
    unseen_since = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "asset", "connection"], name="ingestion_assetorigin_once"
            ),
            models.CheckConstraint(
                condition=models.Q(via__in=["export", "api", "capture", "scrape", "upload"]),
                name="ingestion_assetorigin_via_known",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "connection", "asset"], name="ingestion_assetorigin_conn"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.via}"


class SourceCheckpoint(models.Model):
    """How far a stream was read: an opaque cursor that only its reader understands.

    A file's stream is named after its import, so that one that was broken off goes on where
    it stopped. ``sequence`` makes each step a compare-and-set.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="checkpoints", db_index=False
    )
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="checkpoints", db_constraint=False, db_index=False
    )
    stream = models.CharField(max_length=120)
    cursor = models.JSONField(null=True)
    is_complete = models.BooleanField(default=False)
    sequence = models.PositiveBigIntegerField(default=0)
    generation = models.PositiveIntegerField(default=1)
    run_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "connection", "stream"], name="ingestion_checkpoint_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream} @{self.sequence}"
