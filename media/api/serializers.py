"""The library as the API shows it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from media.library import Card
from media.models import (
    Asset,
    AssetMedia,
    AssetTag,
    Board,
    BoardItem,
    LinkPreview,
    Operation,
    Tag,
)
from media.models.link import LinkHealth
from tenants.api.serializers import UserSerializer
from tenants.naming import clean_name


class AssetSummarySerializer(serializers.Serializer[Card]):
    """An asset in a list."""

    id = serializers.UUIDField(read_only=True)
    title = serializers.CharField(read_only=True)
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # declared, and taken off the class
    domain = serializers.CharField(read_only=True)
    kind = serializers.CharField(read_only=True)
    media_status = serializers.CharField(read_only=True)
    saved_at = serializers.DateTimeField(read_only=True, allow_null=True)
    picture_count = serializers.IntegerField(read_only=True)
    stored_count = serializers.IntegerField(read_only=True)
    failed_count = serializers.IntegerField(read_only=True)
    color = serializers.CharField(read_only=True)
    color_name = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    cover_id = serializers.UUIDField(read_only=True, allow_null=True)
    width_px = serializers.IntegerField(read_only=True, allow_null=True)
    height_px = serializers.IntegerField(read_only=True, allow_null=True)
    is_removed_at_source = serializers.BooleanField(read_only=True)
    is_secret = serializers.BooleanField(read_only=True)
    removed_at = serializers.DateTimeField(read_only=True, allow_null=True)


class AssetPageSerializer(serializers.Serializer[Any]):
    """One page of assets; ``total`` comes with the first page only."""

    next = serializers.URLField(read_only=True, allow_null=True)
    sort = serializers.CharField(read_only=True)
    total = serializers.IntegerField(read_only=True, allow_null=True)
    is_total_exact = serializers.BooleanField(read_only=True, allow_null=True)
    results = AssetSummarySerializer(many=True, read_only=True)


class PictureSerializer(serializers.ModelSerializer[AssetMedia]):
    """One picture; the original's figures are null until its bytes are held and decoded."""

    sha256 = serializers.CharField(source="blob.sha256", read_only=True, default=None)
    media_type = serializers.CharField(source="blob.media_type", read_only=True, default=None)
    size_bytes = serializers.IntegerField(source="blob.size_bytes", read_only=True, default=None)
    stored_width_px = serializers.IntegerField(source="blob.width_px", read_only=True, default=None)
    stored_height_px = serializers.IntegerField(
        source="blob.height_px", read_only=True, default=None
    )
    renditions = serializers.SerializerMethodField()

    class Meta:
        model = AssetMedia
        fields = (
            "id",
            "position",
            "url",
            "width_px",
            "height_px",
            "alt_text",
            "kind",
            "origin",
            "video_url",
            "duration_ms",
            "sha256",
            "media_type",
            "size_bytes",
            "stored_width_px",
            "stored_height_px",
            "renditions",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_renditions(self, picture: AssetMedia) -> list[str]:
        """Return the sizes that ``/pictures/{id}/{size}`` can give out."""
        blob = picture.blob
        return sorted(rendition.name for rendition in blob.renditions.all()) if blob else []


class LinkPreviewSerializer(serializers.ModelSerializer[LinkPreview]):
    """What the page says that an asset links to; its picture is the one of origin ``preview``."""

    class Meta:
        model = LinkPreview
        fields = (
            "url",
            "final_url",
            "title",
            "description",
            "site_name",
            "health_since",
            "checked_at",
            "fetched_at",
            "error_code",
        )
        read_only_fields = fields


class AssetBoardSerializer(serializers.ModelSerializer[BoardItem]):
    """A board that an asset is on."""

    id = serializers.UUIDField(source="board.pk", read_only=True)
    name = serializers.CharField(source="board.name", read_only=True)

    class Meta:
        model = BoardItem
        fields = ("id", "name", "section", "in_source", "own_choice")
        read_only_fields = fields


class AssetTagSerializer(serializers.ModelSerializer[AssetTag]):
    """A tag on an asset, by whoever put it on."""

    id = serializers.UUIDField(source="tag.pk", read_only=True)
    name = serializers.CharField(source="tag.name", read_only=True)

    class Meta:
        model = AssetTag
        fields = ("id", "name", "origin")
        read_only_fields = fields


class OriginSerializer(serializers.Serializer[Any]):
    """How an asset came."""

    connection = serializers.CharField(source="connection.name", read_only=True)
    source = serializers.CharField(source="connection.source", read_only=True)  # type: ignore[assignment]  # declared, and taken off the class
    via = serializers.CharField(read_only=True)
    first_seen_at = serializers.DateTimeField(read_only=True)


class AssetSerializer(serializers.ModelSerializer[Asset]):
    """An asset with all that belongs to it."""

    text = serializers.CharField(read_only=True)
    color_name = serializers.CharField(read_only=True)
    pictures = PictureSerializer(source="ordered_media", many=True, read_only=True)
    boards = AssetBoardSerializer(source="present_places", many=True, read_only=True)
    tags = AssetTagSerializer(source="present_tags", many=True, read_only=True)
    link_health = serializers.SerializerMethodField()
    preview = serializers.SerializerMethodField()
    origins = OriginSerializer(source="known_origins", many=True, read_only=True)

    class Meta:
        model = Asset
        fields = (
            "id",
            "source",
            "source_ref",
            "title",
            "text",
            "source_title",
            "source_text",
            "own_title",
            "own_text",
            "alt_text",
            "link_url",
            "source_url",
            "domain",
            "creator",
            "kind",
            "media_status",
            "saved_at",
            "source_created_at",
            "imported_at",
            "updated_at",
            "removed_at",
            "is_removed_at_source",
            "is_secret",
            "dominant_color",
            "color_name",
            "picture_count",
            "stored_count",
            "failed_count",
            "pictures",
            "boards",
            "tags",
            "link_health",
            "preview",
            "origins",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=LinkHealth.choices, allow_null=True))
    def get_link_health(self, asset: Asset) -> str | None:
        """Return how the page behind the link is; null where nobody checked it."""
        found = _link_preview(asset)
        return found.health if found else None

    @extend_schema_field(LinkPreviewSerializer(allow_null=True))
    def get_preview(self, asset: Asset) -> dict[str, Any] | None:
        """Return what the linked page says of itself; null where nobody checked it."""
        found = _link_preview(asset)
        return dict(LinkPreviewSerializer(found).data) if found else None


def _link_preview(asset: Asset) -> LinkPreview | None:
    found: LinkPreview | None = getattr(asset, "link_preview", None)
    return found


class AssetEditSerializer(serializers.Serializer[Any]):
    """What people may say about an asset; an empty text gives the source's back."""

    title = serializers.CharField(required=False, allow_blank=True, max_length=500)
    text = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class BoardSerializer(serializers.ModelSerializer[Board]):
    """A board; ``asset_count`` leaves out what lies in the trash."""

    asset_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Board
        fields = (
            "id",
            "name",
            "source",
            "source_name",
            "source_url",
            "is_mirrored",
            "is_secret",
            "asset_count",
            "created_at",
        )
        read_only_fields = fields


class BoardNameSerializer(serializers.Serializer[Any]):
    """The name of a board."""

    name = serializers.CharField(max_length=255)

    def validate_name(self, value: str) -> str:
        """Return the name as people will see it; one that nobody could see is none."""
        name = clean_name(value)
        if not name:
            raise serializers.ValidationError("Write a name that can be seen.")
        return name


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A word of the vocabulary; ``asset_count`` leaves out what lies in the trash."""

    asset_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Tag
        fields = ("id", "name", "asset_count")
        read_only_fields = fields


class OperationSerializer(serializers.ModelSerializer[Operation]):
    """One change; ``kept_count`` is what an undo left, because somebody changed it later.

    Of very many assets it goes on after the call: ``done_count`` of ``total_count`` are done.
    Where ``failed_at`` is set, that ended for good with the word in ``error_code``; what was
    done stays, and can be undone.
    """

    actor = UserSerializer(read_only=True, allow_null=True)
    undone_by = UserSerializer(read_only=True, allow_null=True)
    is_going_on = serializers.BooleanField(read_only=True)
    undoes = serializers.UUIDField(source="undoes_id", read_only=True, allow_null=True)

    class Meta:
        model = Operation
        fields = (
            "id",
            "kind",
            "target",
            "summary",
            "changed_count",
            "kept_count",
            "is_going_on",
            "total_count",
            "done_count",
            "cancelled_at",
            "failed_at",
            "error_code",
            "actor",
            "created_at",
            "undone_at",
            "undone_by",
            "undoes",
        )
        read_only_fields = fields
