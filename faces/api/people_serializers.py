"""People and faces as the API shows them. Vectors are in no answer."""

from typing import Any

from rest_framework import serializers

from faces.models import Face, FaceEvent, Person
from faces.people.log import MAX_NAME
from media.api.bulk import MAX_IDS
from tenants.api.filters import FlagField, ListFilter
from tenants.naming import clean_name


class PersonSerializer(serializers.ModelSerializer[Person]):
    """Somebody; an empty ``name`` is a group of faces that nobody has named."""

    cover_face = serializers.UUIDField(source="cover_face_id", read_only=True, allow_null=True)

    class Meta:
        model = Person
        fields = (
            "id",
            "name",
            "is_hidden",
            "cover_face",
            "consent",
            "face_count",
            "confirmed_count",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class PersonEditSerializer(serializers.Serializer[Any]):
    """What people may say of somebody."""

    name = serializers.CharField(required=False, max_length=MAX_NAME)
    is_hidden = serializers.BooleanField(required=False)

    def validate_name(self, value: str) -> str:
        """Return the name as people will see it; one that nobody could see is none."""
        name = clean_name(value)
        if not name:
            raise serializers.ValidationError("Write a name that can be seen.")
        return name


class PersonFilter(ListFilter):
    """What must hold of people in a list."""

    is_hidden = FlagField(required=False)
    is_named = FlagField(required=False)


class MergeSerializer(serializers.Serializer[Any]):
    """Who is the same person."""

    others = serializers.ListField(
        child=serializers.UUIDField(),
        allow_empty=False,
        max_length=MAX_IDS,
        help_text="People who become the one of the address.",
    )


class FacePersonSerializer(serializers.Serializer[Any]):
    """Whom a decision about a face names."""

    person = serializers.UUIDField()


class FaceSerializer(serializers.ModelSerializer[Face]):
    """A face; its box is in fractions of the picture as it is shown."""

    person = serializers.UUIDField(source="person_id", read_only=True, allow_null=True)
    suggested_person = serializers.UUIDField(
        source="suggested_person_id", read_only=True, allow_null=True
    )
    sha256 = serializers.CharField(
        source="blob.sha256", read_only=True, help_text="Of the picture that it is on."
    )

    class Meta:
        model = Face
        fields = (
            "id",
            "state",
            "person",
            "suggested_person",
            "x",
            "y",
            "w",
            "h",
            "size_px",
            "sha256",
            "found_at",
        )
        read_only_fields = fields


class DecisionSerializer(serializers.ModelSerializer[FaceEvent]):
    """What was decided; null for an ``id`` where nothing was changed by it."""

    id = serializers.SerializerMethodField()
    changed_count = serializers.SerializerMethodField()

    class Meta:
        model = FaceEvent
        fields = ("id", "op", "changed_count", "at")
        read_only_fields = fields

    def get_id(self, event: FaceEvent) -> str | None:
        """Return the key of an event that is in the log."""
        return None if event._state.adding else str(event.pk)  # noqa: SLF001  # Django's documented state of an instance

    def get_changed_count(self, event: FaceEvent) -> int:
        """Return how many faces it changed."""
        return int(event.payload.get("count", 0))
