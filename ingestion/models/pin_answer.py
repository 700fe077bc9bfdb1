"""What a source said when it was asked for the details of a pin."""

from django.db import models
from django.db.models.functions import Now

from media.models import Asset
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class PinAnswer(models.Model):
    """The last answer about a pin; so that nobody asks again for what is known.

    A pin whose record is as poor at its source as here would else be asked for by every run.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="pin_answers", db_index=False
    )
    asset = models.ForeignKey(
        Asset, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    # Of a failure; empty where the record came.
    code = models.CharField(max_length=40, blank=True, default="")
    # 128 bits over the last record that came, to know it again.
    content_hash = models.BinaryField(max_length=16, null=True, editable=False)
    # Which run asked; it does not ask a second time, whatever came.
    run_id = models.UUIDField()
    asked_at = models.DateTimeField(db_default=Now())
    ask_again_at = models.DateTimeField()

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "asset"], name="ingestion_pinanswer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.code or 'found'}"
