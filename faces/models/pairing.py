"""People who may be one, as the machine sees it; only people merge them."""

from django.db import models
from django.db.models.functions import Now

from faces.models.person import Person
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class MergeSuggestion(models.Model):
    """Two people whose faces are near each other; written anew whenever faces were grouped.

    ``first`` has the smaller key, so that a pair is one row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="merge_suggestions", db_index=False
    )
    first = models.ForeignKey(
        Person, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    second = models.ForeignKey(
        Person, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    # Of their nearest faces, as the engine measures.
    distance = models.FloatField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "first", "second"], name="faces_mergesuggestion_once"
            ),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")),
                name="faces_mergesuggestion_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "second"], name="faces_mergesuggestion_second"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} may be {self.second_id}"
