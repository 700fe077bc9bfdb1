"""Calls about boards and tags."""

import uuid
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from media import operations
from media.api.assets import page_body
from media.api.bulk import MAX_IDS
from media.api.filters import MAX_LIMIT
from media.api.serializers import (
    AssetPageSerializer,
    BoardNameSerializer,
    BoardSerializer,
    OperationSerializer,
    TagSerializer,
)
from media.library import LibraryFilter, Sort, page_of
from media.library.pages import PAGE_SIZE
from media.models import Board, Tag
from media.operations import Selection
from tenants.api.filters import ListFilter, ListMixin
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission


class ItemsQuerySerializer(ListFilter):
    """A place in a board."""

    cursor = serializers.CharField(required=False)
    limit = serializers.IntegerField(
        required=False, default=PAGE_SIZE, min_value=1, max_value=MAX_LIMIT
    )


class ItemsSerializer(serializers.Serializer[Any]):
    """Assets to put on a board or to take off."""

    ids = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MAX_IDS
    )


class MoveSerializer(serializers.Serializer[Any]):
    """An asset of a board and the one that it shall stand before; null is the end."""

    asset = serializers.UUIDField()
    before = serializers.UUIDField(allow_null=True)


class BoardViewSet(ListMixin, mixins.RetrieveModelMixin, OrgViewSet):
    """Make boards, arrange what is on them."""

    serializer_class = BoardSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {
        "GET": Permission.VIEW_LIBRARY,
        "POST": Permission.EDIT_LIBRARY,
        "PATCH": Permission.EDIT_LIBRARY,
        "DELETE": Permission.EDIT_LIBRARY,
    }
    ordering = ("folded_name", "pk")

    def get_queryset(self) -> QuerySet[Board]:
        """Return the boards with the number of their assets."""
        present = Q(items__is_member=True, items__asset__removed_at=None)
        return self.org.boards.present().annotate(asset_count=Count("items", filter=present))

    @extend_schema(request=BoardNameSerializer, responses={201: BoardSerializer})
    def create(self, request: Request) -> Response:
        """Make an empty board."""
        board, _ = operations.create_board(_name(request), self.membership.user)
        return Response(self._data(board.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request=BoardNameSerializer, responses=BoardSerializer)
    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        """Rename a board; a mirrored one keeps its source's name beside it."""
        operations.rename_board(self._board(pk), _name(request), self.membership.user)
        return Response(self._data(pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: uuid.UUID) -> Response:
        """Remove a board; its assets stay."""
        operations.remove_board(self._board(pk), self.membership.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[ItemsQuerySerializer], responses=AssetPageSerializer)
    @action(detail=True, methods=["get"])
    def items(self, request: Request, pk: uuid.UUID) -> Response:
        """Return a page of the board's assets, in its order."""
        query = ItemsQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = page_of(
            LibraryFilter(board=str(self._board(pk).pk)),
            sort=Sort.BOARD,
            cursor=query.validated_data.get("cursor", ""),
            count=query.validated_data["limit"],
        )
        return Response(AssetPageSerializer(page_body(page, request)).data)

    @extend_schema(request=ItemsSerializer, responses=OperationSerializer)
    @items.mapping.post
    def add_items(self, request: Request, pk: uuid.UUID) -> Response:
        """Put assets on the board, behind what is there."""
        operation = operations.add_to_board(
            _selection(request), self._board(pk), self.membership.user
        )
        return Response(OperationSerializer(operation).data)

    @extend_schema(request=ItemsSerializer, responses=OperationSerializer)
    @action(detail=True, methods=["post"], url_path="items/remove")
    def remove_items(self, request: Request, pk: uuid.UUID) -> Response:
        """Take assets off the board."""
        operation = operations.remove_from_board(
            _selection(request), self._board(pk), self.membership.user
        )
        return Response(OperationSerializer(operation).data)

    @extend_schema(request=MoveSerializer, responses=OperationSerializer)
    @action(detail=True, methods=["post"], url_path="items/move")
    def move_item(self, request: Request, pk: uuid.UUID) -> Response:
        """Put an asset of the board elsewhere on it."""
        form = MoveSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        operation = operations.move_on_board(
            self._board(pk),
            form.validated_data["asset"],
            before=form.validated_data["before"],
            by=self.membership.user,
        )
        return Response(OperationSerializer(operation).data)

    def _board(self, pk: uuid.UUID) -> Board:
        board: Board = get_object_or_404(self.org.boards.present(), pk=pk)
        return board

    def _data(self, pk: uuid.UUID) -> Any:
        return BoardSerializer(self.get_queryset().get(pk=pk)).data


class TagViewSet(ListMixin, mixins.RetrieveModelMixin, OrgViewSet):
    """Read the vocabulary; tags come and go with the assets that they are on."""

    serializer_class = TagSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_LIBRARY}
    ordering = ("folded_name", "pk")

    def get_queryset(self) -> QuerySet[Tag]:
        """Return the tags with the number of their assets."""
        present = Q(asset_tags__is_rejected=False, asset_tags__asset__removed_at=None)
        return self.org.tags.annotate(
            asset_count=Count("asset_tags__asset", filter=present, distinct=True)
        )


def _name(request: Request) -> str:
    form = BoardNameSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    name: str = form.validated_data["name"]
    return name


def _selection(request: Request) -> Selection:
    form = ItemsSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    return Selection.of_ids(form.validated_data["ids"])
