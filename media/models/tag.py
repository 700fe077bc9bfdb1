"""Words of the organization's vocabulary, and where they are attached."""

from typing import Self

from django.db import models

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization


class TagQuerySet(models.QuerySet["Tag"]):
    """Reads of tags."""

    def by_name(self) -> Self:
        """Order by name; the key breaks ties."""
        return self.order_by("folded_name", "pk")


class Tag(models.Model):
    """A word; ``folded_name`` makes spellings of one word one tag."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(max_length=80)
    # Case-folded, spaces and hyphens made one: see ``media.folding``.
    folded_name = models.CharField(max_length=80, editable=False)

    objects = OrgManager.from_queryset(TagQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "folded_name"], name="media_tag_once_per_org"),
        ]

    def __str__(self) -> str:
        return self.name


class TagOrigin(models.TextChoices):
    """Who attached a tag."""

    HUMAN = "human", "Added by hand"
    SOURCE = "source", "From the source"
    AI = "ai", "Suggested by AI"
    LOCAL = "local", "Found on this machine"


class AssetTag(models.Model):
    """A tag on an asset, by origin.

    ``is_rejected``: a person took it off, so no machine puts it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="asset_tags", db_index=False)
    asset = models.ForeignKey(
        "media.Asset",
        models.CASCADE,
        related_name="asset_tags",
        db_constraint=False,
        db_index=False,
    )
    tag = models.ForeignKey(
        Tag, models.CASCADE, related_name="asset_tags", db_constraint=False, db_index=False
    )
    origin = models.CharField(max_length=8, choices=TagOrigin)
    is_rejected = models.BooleanField(default=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "asset", "tag", "origin"], name="media_assettag_once"
            ),
            models.CheckConstraint(
                condition=models.Q(origin__in=TagOrigin.values), name="media_assettag_origin_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "tag", "asset"],
                condition=models.Q(is_rejected=False),
                name="media_assettag_tag",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.tag_id}"
