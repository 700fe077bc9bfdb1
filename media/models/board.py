"""Ordered lists of assets: mirrored from a source, or made by hand."""

from typing import Self

from django.db import models
from django.db.models.functions import Cast, Coalesce, Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization

# Between two neighbours of the source's order fit this many moves by hand.
PLACE_STEP = 65_536
# Of what neither the source nor anybody placed: the end.
LAST_PLACE = 2**62


class BoardQuerySet(models.QuerySet["Board"]):
    """Reads of boards."""

    def by_name(self) -> Self:
        """Order by name; the key breaks ties."""
        return self.order_by("folded_name", "pk")

    def present(self) -> Self:
        """Keep boards that nobody removed."""
        return self.filter(removed_at=None)


class Board(models.Model):
    """A list of assets. ``source_key`` is empty for a board made by hand."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="boards", db_index=False)
    source = models.CharField(max_length=16, blank=True, default="")
    source_key = models.CharField(max_length=400, blank=True, default="")
    source_name = models.CharField(max_length=255, blank=True, default="")
    source_url = models.TextField(blank=True, default="")
    is_secret = models.BooleanField(default=False)
    # A file that people brought told of it, so that it goes with no account, empty as it may be.
    is_from_file = models.BooleanField(default=False, db_default=False)
    own_name = models.CharField(max_length=255, blank=True, default="")
    name = models.GeneratedField(
        expression=models.functions.Coalesce(
            models.functions.NullIf("own_name", models.Value("")), "source_name"
        ),
        output_field=models.CharField(max_length=255),
        db_persist=True,
    )
    folded_name = models.GeneratedField(
        expression=models.functions.Lower(
            models.functions.Coalesce(
                models.functions.NullIf("own_name", models.Value("")), "source_name"
            )
        ),
        output_field=models.CharField(max_length=255),
        db_persist=True,
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    removed_at = models.DateTimeField(null=True)

    objects = OrgManager.from_queryset(BoardQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "source", "source_key"],
                condition=~models.Q(source_key=""),
                name="media_board_once_per_source",
            ),
        ]
        indexes = [models.Index(fields=["org", "folded_name"], name="media_board_name")]

    def __str__(self) -> str:
        return self.own_name or self.source_name

    @property
    def is_mirrored(self) -> bool:
        """Return whether a source keeps this board too."""
        return bool(self.source_key)


class BoardItem(models.Model):
    """An asset's place in a board.

    ``in_source`` is the source's word and ``own_choice`` the people's (added, removed, or
    none); the asset is in the board when the people added it, or when the source has it and
    nobody removed it. An import writes only ``in_source``, so both survive each other.
    """

    class Choice(models.TextChoices):
        """What people said about the membership."""

        NONE = "", "As the source says"
        ADDED = "added", "Added by hand"
        REMOVED = "removed", "Removed by hand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="board_items", db_index=False
    )
    board = models.ForeignKey(
        Board, models.CASCADE, related_name="items", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(
        "media.Asset",
        models.CASCADE,
        related_name="board_items",
        db_constraint=False,
        db_index=False,
    )
    in_source = models.BooleanField(default=False)
    own_choice = models.CharField(max_length=8, choices=Choice, blank=True, default=Choice.NONE)
    is_member = models.GeneratedField(
        expression=models.Case(
            models.When(own_choice="added", then=models.Value(True)),
            models.When(own_choice="removed", then=models.Value(False)),
            default=models.F("in_source"),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    section = models.CharField(max_length=255, blank=True, default="")
    # The source's order, and the people's over it; ``place`` leaves room between neighbours.
    position = models.PositiveIntegerField(null=True)
    own_place = models.BigIntegerField(null=True)
    place = models.GeneratedField(
        expression=Coalesce(
            "own_place",
            Cast("position", models.BigIntegerField()) * PLACE_STEP,
            models.Value(LAST_PLACE),
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "asset", "board"], name="media_boarditem_once"),
        ]
        indexes = [
            models.Index(
                fields=["org", "board", "place", "asset"],
                condition=models.Q(is_member=True),
                name="media_boarditem_placed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board_id} {self.asset_id}"
