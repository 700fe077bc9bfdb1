"""The files that people bring."""

from django.db import models
from django.db.models.functions import Now

from ingestion.models.job import Job
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class ImportFile(models.Model):
    """One file of an import; several archives may make one import.

    The bytes are deleted some days after the run; the row stays as a record of what came. Those
    of a file that somebody put into a drop folder are theirs: they stay there, and are never
    deleted by us.
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
    # Empty of what lies in a drop folder: nobody reads it whole before it is imported.
    sha256 = models.CharField(max_length=64, blank=True)
    # Empty once the bytes are deleted.
    storage_key = models.CharField(max_length=1100, blank=True)
    # Of what lies in a drop folder, in the storage ``drops``: the bytes that were found there.
    drop_version = models.CharField(max_length=100, blank=True, default="", db_default="")
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
