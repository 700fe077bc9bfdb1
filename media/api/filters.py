"""Query parameters of the API, which are those of the library's pages."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from media.colors import ColorName
from media.library import LibraryFilter, Sort
from media.library.extras import ExtraFilter, extras
from media.library.filters import MAX_VALUES
from media.library.pages import PAGE_SIZE
from media.models.asset import MediaStatus
from media.models.link import LinkHealth
from tenants.api.filters import ListFilter

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
    link = serializers.ChoiceField(
        choices=LinkHealth.choices, required=False, help_text="How the page behind its link is."
    )
    year = serializers.IntegerField(required=False, min_value=1, max_value=9998)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    trash = serializers.BooleanField(required=False, help_text="What was removed instead.")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with those of the filters that other apps bring."""
        return {**super().get_fields(), **{each.key: _field(each) for each in extras()}}

    def as_filter(self) -> LibraryFilter:
        """Return the validated values as a filter."""
        return filter_of(self.validated_data)


class WholeFilterSerializer(FilterSerializer):
    """A filter of assets that are changed: what it does not know must not widen it."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse keys that are none, and a filter without any."""
        if isinstance(data, dict):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                problems = {name: ["There is no such filter."] for name in unknown}
                raise serializers.ValidationError(problems)
            if not data:
                message = "An empty filter means every asset; say `all` if you mean that."
                raise serializers.ValidationError([message])
        return super().to_internal_value(data)


def filter_of(values: Mapping[str, Any]) -> LibraryFilter:
    """Return the validated values of a ``FilterSerializer`` as a filter."""
    return LibraryFilter(
        q=" ".join(values.get("q", "").split()),
        source=values.get("source", ""),
        board=str(values.get("board", "")),
        tags=tuple(str(tag) for tag in values.get("tag", ())),
        colors=tuple(values.get("color", ())),
        picture=values.get("picture", ""),
        media_status=values.get("media_status", ""),
        kind=values.get("kind", ""),
        link=values.get("link", ""),
        year=str(values.get("year", "")),
        since=values.get("since"),
        until=values.get("until"),
        trash=values.get("trash", False),
        extra=tuple(
            (each.key, str(value))
            for each in extras()
            for value in _listed(values.get(each.key, []))
        ),
    )


def _field(extra: ExtraFilter) -> Any:
    """Return the field of a filter that another app brings."""
    options: dict[str, Any] = {} if extra.takes_several else {"required": False}
    one: Any = serializers.UUIDField(**options)
    if extra.choices:
        one = serializers.ChoiceField(choices=list(extra.choices.items()), **options)
    if not extra.takes_several:
        return one
    return serializers.ListField(
        child=one, required=False, max_length=MAX_VALUES, help_text=extra.hint
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class AssetQuerySerializer(ListFilter, FilterSerializer):
    """A filter, an order, and a place in it."""

    sort = serializers.ChoiceField(choices=Sort.choices, required=False)
    cursor = serializers.CharField(required=False, help_text="Taken from `next`, unchanged.")
    limit = serializers.IntegerField(
        required=False, default=PAGE_SIZE, min_value=1, max_value=MAX_LIMIT
    )
