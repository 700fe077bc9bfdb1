"""What people are told when a dataset gets worse or well again, and how they want to hear of it."""

from django.db import models
from django.db.models.functions import Now

from ingestion.models.dataset import DatasetFlip
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class Notification(models.Model):
    """One sentence to one person, about one flip."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="notifications", db_index=False
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    flip = models.ForeignKey(
        DatasetFlip, models.CASCADE, related_name="notifications", db_constraint=False
    )
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, default="")
    # A path of this site: where it is mended.
    path = models.CharField(max_length=300)
    is_recovery = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True)
    # Empty while the digest is to tell of it; ``created_at`` where no mail is wanted.
    mailed_at = models.DateTimeField(null=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "user", "flip"], name="ingestion_notification_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "user", "-created_at", "-id"], name="ingestion_notification_newest"
            ),
            models.Index(
                fields=["org", "user"],
                condition=models.Q(mailed_at=None),
                name="ingestion_notification_unsent",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def was_mailed(self) -> bool:
        """Return whether a mail told of it."""
        return self.mailed_at is not None and self.mailed_at > self.created_at


class NotificationChoice(models.Model):
    """Whether a person hears of an organization's data, in the app and by e-mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="notification_choices", db_index=False
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    in_app = models.BooleanField(default=True)
    by_email = models.BooleanField(default=True)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "user"], name="ingestion_notificationchoice_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} app={self.in_app} mail={self.by_email}"
