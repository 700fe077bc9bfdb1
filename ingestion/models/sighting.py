"""What a sweep through an account has seen so far, until it is through."""

from django.db import models

from connectors.models import Connection
from media.models import Asset, Board
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class Sighting(models.Model):
    """An asset that a sweep found on a board; gone with the end of the sweep.

    Rows of their own rather than marks on assets and places: a sweep of an account that did not
    change then touches none of these.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="sightings", db_index=False)
    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    generation = models.PositiveBigIntegerField()
    asset = models.ForeignKey(
        Asset, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    # Null where the source knows no boards.
    board = models.ForeignKey(
        Board, models.CASCADE, null=True, related_name="+", db_constraint=False, db_index=False
    )

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "connection", "asset", "board", "generation"],
                name="ingestion_sighting_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} in {self.generation}"
