"""What the API says of faces."""

from typing import Any

from rest_framework import serializers

from faces.models import FaceSource


class FaceSourceSerializer(serializers.ModelSerializer[FaceSource]):
    """A source that the organization vouches for."""

    class Meta:
        model = FaceSource
        fields = ("source", "site", "relation", "attested_at")
        read_only_fields = fields


class FaceHeldSerializer(serializers.Serializer[Any]):
    """How much is kept."""

    faces = serializers.IntegerField(read_only=True)
    vectors = serializers.IntegerField(
        read_only=True, help_text="Templates that tell people apart."
    )
    crops = serializers.IntegerField(read_only=True, help_text="Pictures of single faces.")
    people = serializers.IntegerField(read_only=True)
    names = serializers.IntegerField(read_only=True)


class FaceSettingsSerializer(serializers.Serializer[Any]):
    """What the organization allows, and how much is kept under it."""

    is_enabled = serializers.BooleanField(read_only=True)
    consented_at = serializers.DateTimeField(read_only=True, allow_null=True)
    text_version = serializers.CharField(
        read_only=True, help_text="Of the statement agreed to; empty while off."
    )
    lawful_basis = serializers.CharField(read_only=True, help_text="Empty while off.")
    retention_days = serializers.IntegerField(
        read_only=True, help_text="How long templates of faces are kept that nobody has named."
    )
    auto_assign = serializers.BooleanField(read_only=True)
    is_deleting = serializers.BooleanField(
        read_only=True, help_text="Whether a withdrawal is being carried out."
    )
    sources = FaceSourceSerializer(many=True, read_only=True)
    held = FaceHeldSerializer(read_only=True)
