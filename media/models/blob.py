"""Bytes in object storage, and the pictures derived from them."""

from django.db import models
from django.db.models.functions import Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class Blob(models.Model):
    """Bytes of one picture, held once per organization whatever the number of assets."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="blobs", db_index=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size_bytes = models.PositiveBigIntegerField()
    # Told by the content, never by name or header.
    media_type = models.CharField(max_length=32)
    storage_key = models.CharField(max_length=200)
    # Known after decoding; of the picture as shown, so after EXIF orientation.
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    frame_count = models.PositiveIntegerField(null=True)
    # 64-bit perceptual hashes as signed integers.
    phash = models.BigIntegerField(null=True)
    dhash = models.BigIntegerField(null=True)
    dominant_color = models.CharField(max_length=7, blank=True, default="")
    stored_at = models.DateTimeField(db_default=Now(), editable=False)
    # When its bytes, and those of its renditions, were last compared with what is said of them.
    checked_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "sha256"], name="media_blob_once_per_org"),
        ]
        indexes = [
            models.Index(fields=["org", "checked_at", "id"], name="media_blob_checked"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class RenditionName(models.TextChoices):
    """The sizes that pages use; the figure is the longest side in pixels."""

    THUMB = "thumb", "Thumb (512)"
    PREVIEW = "preview", "Preview (1600)"


class Rendition(models.Model):
    """A picture derived from a blob; always WebP."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="renditions", db_index=False)
    blob = models.ForeignKey(
        Blob, models.CASCADE, related_name="renditions", db_constraint=False, db_index=False
    )
    name = models.CharField(max_length=8, choices=RenditionName)
    sha256 = models.CharField(max_length=64, editable=False)
    storage_key = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "blob", "name"], name="media_rendition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.blob_id} {self.name}"
