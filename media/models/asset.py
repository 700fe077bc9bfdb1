"""One saved thing, whatever its origin, and its pictures."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models.functions import Coalesce, Left, Lower, Now, NullIf

from media.colors import ColorName
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class MediaStatus(models.TextChoices):
    """What the source gave for an asset."""

    IMAGE = "image", "Picture"
    LINK_ONLY = "link_only", "Link only"
    METADATA_ONLY = "metadata_only", "Text only"


class PictureOrigin(models.TextChoices):
    """Who showed a picture of an asset. Stored: values never change."""

    SOURCE = "source", "Its source"
    PREVIEW = "preview", "The page that it links to"


# Of a preview: pictures of the source come before it, whenever they come.
PREVIEW_POSITION = 32_000

# Sorts after every title, so that what has none comes last from A to Z.
UNTITLED = "\U0010ffff"


class AssetQuerySet(models.QuerySet["Asset"]):
    """Reads of assets."""

    def present(self) -> Self:
        """Keep what is not in the trash."""
        return self.filter(removed_at=None)

    def in_trash(self) -> Self:
        """Keep what people removed and can still bring back."""
        return self.exclude(removed_at=None)

    def newest_first(self) -> Self:
        """Order by when it was saved, else imported; the key breaks ties."""
        return self.order_by("-sorted_at", "-pk")


class Asset(models.Model):
    """One saved thing; unique by (org, source, source_ref).

    ``source_*`` columns and their neighbours up to ``content_hash`` hold what the source says;
    an import writes only those. ``own_*`` columns hold what people say and win where they are
    not empty.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="assets", db_index=False)
    source = models.CharField(max_length=16)
    source_ref = models.CharField(max_length=2048)

    source_title = models.TextField(blank=True)
    source_text = models.TextField(blank=True)
    alt_text = models.TextField(blank=True)
    link_url = models.TextField(blank=True)
    source_url = models.TextField(blank=True)
    domain = models.CharField(max_length=255, blank=True)
    creator = models.CharField(max_length=255, blank=True)
    kind = models.CharField(max_length=32, default="unknown")
    media_status = models.CharField(max_length=16, choices=MediaStatus)
    saved_at = models.DateTimeField(null=True)
    source_created_at = models.DateTimeField(null=True)
    is_removed_at_source = models.BooleanField(default=False)
    is_secret = models.BooleanField(default=False)
    # 128 bits over every value that the source gave, boards included: equal means unchanged.
    content_hash = models.BinaryField(max_length=16, editable=False)

    own_title = models.TextField(blank=True, default="")
    own_text = models.TextField(blank=True, default="")
    title = models.GeneratedField(
        expression=Coalesce(NullIf("own_title", models.Value("")), "source_title"),
        output_field=models.TextField(),
        db_persist=True,
    )
    # Without case and accents; cut, so that it fits into an index.
    title_order = models.GeneratedField(
        expression=Coalesce(
            NullIf(
                models.Func(
                    models.Func(
                        Lower(
                            Left(
                                Coalesce(NullIf("own_title", models.Value("")), "source_title"), 80
                            )
                        ),
                        template="normalize(%(expressions)s, NFKD)",
                    ),
                    models.Value(r"[\u0300-\u036f]"),
                    models.Value(""),
                    models.Value("g"),
                    function="regexp_replace",
                ),
                models.Value(""),
            ),
            models.Value(UNTITLED),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    sorted_at = models.GeneratedField(
        expression=Coalesce("saved_at", "imported_at"),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    # ``#rrggbb`` of the source, then of our own decoding; and the filter that it falls under.
    dominant_color = models.CharField(max_length=7, blank=True, default="")
    color_name = models.CharField(max_length=8, choices=ColorName, blank=True, default="")
    # Kept with the pictures in one transaction, so that lists need no counting.
    picture_count = models.PositiveSmallIntegerField(default=0)
    stored_count = models.PositiveSmallIntegerField(default=0)
    failed_count = models.PositiveSmallIntegerField(default=0)

    imported_at = models.DateTimeField(db_default=Now(), editable=False)
    # All that the chips of the library count by, so that they group by one short text:
    # ``pinterest|red|image|with|2026``.
    facet_cell = models.GeneratedField(
        expression=models.Func(
            "source",
            "color_name",
            "media_status",
            models.Func(
                "stored_count",
                template="CASE WHEN %(expressions)s > 0 THEN 'with' ELSE 'without' END",
            ),
            models.Func(
                Coalesce("saved_at", "imported_at"),
                template="extract(year FROM %(expressions)s AT TIME ZONE 'UTC')::text",
            ),
            template="(%(expressions)s)",
            arg_joiner=" || '|' || ",
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    updated_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects = OrgManager.from_queryset(AssetQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "source", "source_ref"], name="media_asset_once_per_org"
            ),
            models.CheckConstraint(
                condition=models.Q(media_status__in=MediaStatus.values),
                name="media_asset_media_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(color_name__in=["", *ColorName.values]),
                name="media_asset_color_known",
            ),
            models.CheckConstraint(
                condition=models.Q(stored_count__lte=models.F("picture_count")),
                name="media_asset_stored_within_pictures",
            ),
        ]
        indexes = [
            # Holds all that the library filters and counts by: it is read without the rows.
            models.Index(
                fields=["org", "-sorted_at", "-id"],
                include=[
                    "source",
                    "color_name",
                    "media_status",
                    "stored_count",
                    "kind",
                    "facet_cell",
                ],
                condition=models.Q(removed_at=None),
                name="media_asset_saved",
            ),
            models.Index(
                fields=["org", "-imported_at", "-id"],
                condition=models.Q(removed_at=None),
                name="media_asset_imported",
            ),
            models.Index(
                fields=["org", "title_order", "id"],
                condition=models.Q(removed_at=None),
                name="media_asset_title",
            ),
            models.Index(
                fields=["org", "-removed_at", "-id"],
                condition=models.Q(removed_at__isnull=False),
                name="media_asset_removed",
            ),
            # Few have one, and each change of a row writes all its indexes.
            models.Index(
                fields=["removed_by"],
                condition=models.Q(removed_by__isnull=False),
                name="media_asset_removed_by",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.source_ref


class AssetMedia(models.Model):
    """One of the ordered pictures of an asset; ``blob`` is set once the bytes are held."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="asset_media", db_index=False
    )
    asset = models.ForeignKey(
        Asset, models.CASCADE, related_name="media", db_constraint=False, db_index=False
    )
    position = models.PositiveSmallIntegerField()
    # What identifies the picture within its source, such as ``sig:<32 hex>``.
    key = models.CharField(max_length=2100)
    url = models.TextField()
    fallbacks = ArrayField(models.TextField(), default=list)
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    alt_text = models.TextField(blank=True)
    kind = models.CharField(max_length=8, default="image")
    video_url = models.TextField(blank=True)
    duration_ms = models.PositiveIntegerField(null=True)
    origin = models.CharField(
        max_length=8,
        choices=PictureOrigin,
        default=PictureOrigin.SOURCE,
        db_default=PictureOrigin.SOURCE.value,
    )
    # Found in a feed or a sitemap: whose picture it is, its source does not say.
    is_from_feed = models.BooleanField(default=False, db_default=False)
    # People uploaded the same bytes, beside where the asset is from.
    is_uploaded = models.BooleanField(default=False, db_default=False)
    blob = models.ForeignKey(
        "media.Blob",
        models.SET_NULL,
        null=True,
        related_name="uses",
        db_constraint=False,
        db_index=False,
    )

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "asset", "key"], name="media_assetmedia_once"),
            models.UniqueConstraint(
                fields=["org", "asset"],
                condition=models.Q(origin="preview"),
                name="media_assetmedia_one_preview",
            ),
            models.CheckConstraint(
                condition=models.Q(origin__in=PictureOrigin.values),
                name="media_assetmedia_origin_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "blob"],
                condition=models.Q(blob__isnull=False),
                name="media_assetmedia_blob",
            ),
            # Whether the library has a picture already, by its address: equality is all.
            HashIndex(fields=["key"], name="media_assetmedia_key"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} #{self.position}"


class Tombstone(models.Model):
    """Remembers what people removed for good, so that an import does not bring it back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="tombstones", db_index=False)
    source = models.CharField(max_length=16)
    source_ref = models.CharField(max_length=2048)
    title = models.TextField(blank=True)
    removed_at = models.DateTimeField()

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "source", "source_ref"], name="media_tombstone_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.source_ref
