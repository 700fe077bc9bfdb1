"""One change of many assets."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.generics import get_object_or_404

from media import operations
from media.api.filters import WholeFilterSerializer, filter_of
from media.models import Board, Operation
from media.operations import Selection
from media.operations.tags import MAX_NAME, MAX_NAMES
from tenants.models import Organization, User

MAX_IDS = 10_000
BOARD_ACTIONS = ("add_to_board", "remove_from_board")
TAG_ACTIONS = ("add_tags", "remove_tags")
ACTIONS = (*BOARD_ACTIONS, *TAG_ACTIONS, "trash", "restore")


class BulkSerializer(serializers.Serializer[Any]):
    """What to do, and with which assets: ``ids``, a ``filter``, or ``all``."""

    action = serializers.ChoiceField(choices=ACTIONS)
    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_empty=False, max_length=MAX_IDS
    )
    filter = WholeFilterSerializer(required=False)
    all = serializers.BooleanField(required=False, help_text="The whole library.")
    board = serializers.UUIDField(required=False)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=MAX_NAME),
        required=False,
        allow_empty=False,
        max_length=MAX_NAMES,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one way to select, and for what the action needs."""
        if ("ids" in attrs) + ("filter" in attrs) + attrs.get("all", False) != 1:
            raise serializers.ValidationError({"ids": ["Give one of `ids`, `filter` and `all`."]})
        if attrs["action"] in BOARD_ACTIONS and "board" not in attrs:
            raise serializers.ValidationError({"board": ["Name the board."]})
        if attrs["action"] in TAG_ACTIONS and "tags" not in attrs:
            raise serializers.ValidationError({"tags": ["Name at least one tag."]})
        return attrs

    def selection(self) -> Selection:
        """Return the assets that the call is about."""
        values = self.validated_data
        if "ids" in values:
            return Selection.of_ids(values["ids"])
        return Selection.matching(filter_of(values.get("filter", {})))


def apply_bulk(org: Organization, form: BulkSerializer, *, by: User) -> Operation:
    """Do what a validated ``form`` asks for.

    Raises:
        Http404: the board is none of the organization's.
    """
    values, selection = form.validated_data, form.selection()
    name = values["action"]
    if name in BOARD_ACTIONS:
        board: Board = get_object_or_404(org.boards.present(), pk=values["board"])
        change = operations.add_to_board if name == "add_to_board" else operations.remove_from_board
        return change(selection, board, by)
    if name in TAG_ACTIONS:
        tag = operations.add_tags if name == "add_tags" else operations.remove_tags
        return tag(selection, values["tags"], by)
    move: Callable[[Selection, User | None], Operation] = (
        operations.trash_assets if name == "trash" else operations.restore_selection
    )
    return move(selection, by)
