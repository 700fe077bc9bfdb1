"""The files that people bring."""

from django.db import models
from django.db.models.functions import Now

from ingestion.models.job import Job
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class ImportFile(models.Model):
    """One file of an import; several archives may make one import.

    The bytes are deleted some days after the run; the row stays as a record of what came.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="import_files", db_index=False
    )
    job = models.ForeignKey(
        Job, models.CASCADE, related_name="files", db_constraint=False, db_index=False
    )
    position = models.PositiveSmallIntegerField(default=0)
    # The name that the person's machine gave it: a label, never a path.
    name = models.CharField(max_length=255)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # Empty once the bytes are deleted.
    storage_key = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "job", "position"], name="ingestion_importfile_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
