"""Query parameters of the API, which are those of the library's pages."""

from typing import Any

from rest_framework import serializers

from media.colors import ColorName
from media.library import LibraryFilter, Sort
from media.library.pages import PAGE_SIZE
from media.models.asset import MediaStatus

MAX_LIMIT = 200


class FilterSerializer(serializers.Serializer[Any]):
    """What must hold of an asset; all of it at once, several colours mean any of them."""

    q = serializers.CharField(required=False, max_length=200, help_text='Words; "…" is exact.')
    source = serializers.CharField(required=False, max_length=16)  # type: ignore[assignment]  # declared, and taken off the class
    board = serializers.UUIDField(required=False)
    tag = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=20)
    color = serializers.ListField(
        child=serializers.ChoiceField(choices=ColorName.choices), required=False
    )
    picture = serializers.ChoiceField(
        choices=["with", "without"], required=False, help_text="Whether bytes are stored."
    )
    media_status = serializers.ChoiceField(choices=MediaStatus.choices, required=False)
    kind = serializers.CharField(required=False, max_length=32)
    year = serializers.IntegerField(required=False, min_value=1, max_value=9998)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    trash = serializers.BooleanField(required=False, help_text="What was removed instead.")

    def as_filter(self) -> LibraryFilter:
        """Return the validated values as a filter."""
        values = self.validated_data
        return LibraryFilter(
            q=" ".join(values.get("q", "").split()),
            source=values.get("source", ""),
            board=str(values.get("board", "")),
            tags=tuple(str(tag) for tag in values.get("tag", ())),
            colors=tuple(values.get("color", ())),
            picture=values.get("picture", ""),
            media_status=values.get("media_status", ""),
            kind=values.get("kind", ""),
            year=str(values.get("year", "")),
            since=values.get("since"),
            until=values.get("until"),
            trash=values.get("trash", False),
        )


class AssetQuerySerializer(FilterSerializer):
    """A filter, an order, and a place in it."""

    sort = serializers.ChoiceField(choices=Sort.choices, required=False)
    cursor = serializers.CharField(required=False, help_text="Taken from `next`, unchanged.")
    limit = serializers.IntegerField(
        required=False, default=PAGE_SIZE, min_value=1, max_value=MAX_LIMIT
    )
