"""Calls about assets."""

import uuid
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from media import operations
from media.api.bulk import BulkSerializer, apply_bulk
from media.api.filters import AssetQuerySerializer
from media.api.serializers import (
    AssetEditSerializer,
    AssetPageSerializer,
    AssetSerializer,
    OperationSerializer,
)
from media.library import LibraryPage, Sort, page_of
from media.models import Asset, AssetMedia, AssetTag, BoardItem
from media.operations import Selection
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission


class AssetViewSet(OrgViewSet):
    """Read what is saved, edit it, move it to the trash."""

    serializer_class = AssetSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {
        "GET": Permission.VIEW_LIBRARY,
        "POST": Permission.EDIT_LIBRARY,
        "PATCH": Permission.EDIT_LIBRARY,
        "DELETE": Permission.EDIT_LIBRARY,
    }

    def get_queryset(self) -> QuerySet[Asset]:
        """Return the assets, trash included, with all that belongs to them."""
        media = AssetMedia.objects.select_related("blob").prefetch_related("blob__renditions")
        places = BoardItem.objects.filter(is_member=True, board__removed_at=None)
        tags = AssetTag.objects.filter(is_rejected=False).select_related("tag")
        return (
            self.org.assets.select_related("link_preview")
            .annotate(
                text=Coalesce(
                    NullIf("own_text", Value("")), "source_text", output_field=TextField()
                )
            )
            .prefetch_related(
                Prefetch("media", media.order_by("position", "pk"), to_attr="ordered_media"),
                Prefetch(
                    "board_items",
                    places.select_related("board").order_by("board__folded_name", "pk"),
                    to_attr="present_places",
                ),
                Prefetch(
                    "asset_tags", tags.order_by("tag__folded_name", "pk"), to_attr="present_tags"
                ),
            )
        )

    @extend_schema(parameters=[AssetQuerySerializer], responses=AssetPageSerializer)
    def list(self, request: Request) -> Response:
        """Return a page of the assets that match."""
        query = AssetQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data
        page = page_of(
            query.as_filter(),
            sort=Sort(values["sort"]) if "sort" in values else None,
            cursor=values.get("cursor", ""),
            count=values["limit"],
        )
        return Response(AssetPageSerializer(page_body(page, request)).data)

    @extend_schema(responses=AssetSerializer)
    def retrieve(self, request: Request, pk: uuid.UUID) -> Response:
        """Return one asset with its pictures, boards, tags and origins."""
        return self._answer(pk)

    @extend_schema(request=AssetEditSerializer, responses=AssetSerializer)
    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        """Set title or text; it can be undone."""
        form = AssetEditSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asset = get_object_or_404(self.org.assets.all(), pk=pk)
        operations.edit_asset(asset, by=self.membership.user, **form.validated_data)
        return self._answer(pk)

    @extend_schema(responses={status.HTTP_204_NO_CONTENT: None})
    def destroy(self, request: Request, pk: uuid.UUID) -> Response:
        """Move an asset to the trash; the second time nothing happens."""
        asset = get_object_or_404(self.org.assets.all(), pk=pk)
        operations.trash_assets(Selection.of_ids([asset.pk]), self.membership.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=BulkSerializer, responses=OperationSerializer)
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Change many assets at once: some by key, or all that match a filter.

        Where nothing was to be changed, ``changed_count`` is 0 and the operation is not kept.
        A change of very many assets goes on after the call; ask for the operation to follow it.
        """
        form = BulkSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        operation = apply_bulk(self.org, form, by=self.membership.user)
        return Response(OperationSerializer(operation).data)

    def _answer(self, pk: uuid.UUID) -> Response:
        asset: Any = self.get_queryset().filter(pk=pk).first()
        if asset is None:
            raise Http404
        # Connections belong to an app above this one; the reverse relation is all we know.
        asset.known_origins = asset.origins.select_related("connection").order_by(
            "first_seen_at", "pk"
        )
        return Response(AssetSerializer(asset).data)


def page_body(page: LibraryPage, request: Request) -> dict[str, Any]:
    """Return a page of the library as ``AssetPageSerializer`` takes it."""
    url = None
    if page.next_cursor:
        url = replace_query_param(request.build_absolute_uri(), "cursor", page.next_cursor)
    return {
        "next": url,
        "sort": page.sort.value,
        "total": page.total.count if page.total else None,
        "is_total_exact": page.total.is_exact if page.total else None,
        "results": page.items,
    }
