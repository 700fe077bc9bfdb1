"""What the page says that an asset links to, and whether that page is still there."""

from django.db import models
from django.db.models.functions import Now

from media.models.asset import Asset
from tenants.managers import OrgManager
from tenants.models import Organization


class LinkHealth(models.TextChoices):
    """How the page behind a link is. Stored: values never change."""

    UNKNOWN = "unknown", "Not known"
    OK = "ok", "There"
    GONE = "gone", "Gone"
    BLOCKED = "blocked", "Closed to us"


class LinkPreview(models.Model):
    """What checks of the link of an asset found.

    Apart from the asset, whose columns belong to its source and to people: neither does an import
    write here, nor a check there. The picture of the page is an ``AssetMedia`` of its own origin.
    """

    asset = models.OneToOneField(
        Asset,
        models.CASCADE,
        primary_key=True,
        related_name="link_preview",
        db_constraint=False,
    )
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="link_previews", db_index=False
    )
    # As the source gave it when it was checked, and where that led.
    url = models.TextField()
    final_url = models.TextField(blank=True, default="")
    title = models.CharField(max_length=500, blank=True, default="")
    description = models.CharField(max_length=2000, blank=True, default="")
    site_name = models.CharField(max_length=200, blank=True, default="")

    health = models.CharField(max_length=8, choices=LinkHealth, default=LinkHealth.UNKNOWN)
    health_since = models.DateTimeField(db_default=Now())
    # Checks in a row that found nothing there, and when the first of them was: one alone may be
    # an accident of the site.
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    # Why the last check brought nothing; empty where it did.
    error_code = models.CharField(max_length=40, blank=True, default="")
    checked_at = models.DateTimeField(db_default=Now())
    # When a page was read; what it said then stays when it is gone.
    fetched_at = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(health__in=LinkHealth.values),
                name="media_linkpreview_health_known",
            ),
            models.CheckConstraint(
                condition=models.Q(failures=0) ^ models.Q(failing_since__isnull=False),
                name="media_linkpreview_failing_since",
            ),
        ]
        indexes = [
            # Few of many: the library's filter asks for them.
            models.Index(
                fields=["org", "health"],
                condition=models.Q(health__in=["gone", "blocked"]),
                name="media_linkpreview_bad",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.health}"
