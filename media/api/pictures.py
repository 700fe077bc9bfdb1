"""Bytes of pictures for programs."""

import uuid
from typing import ClassVar

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from media.models.blob import RenditionName
from media.serving.answers import answer_with
from media.serving.files import ORIGINAL, find_file
from tenants.api.views import OrgAPIView
from tenants.permissions import Permission

BYTES = {(200, "image/*"): OpenApiTypes.BINARY}
PICTURE = OpenApiParameter("media_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
SIZE = OpenApiParameter(
    "size", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(RenditionName.values)
)


class PictureView(OrgAPIView):
    """A rendition of a picture, as WebP."""

    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_LIBRARY}

    @extend_schema(operation_id="picture", parameters=[PICTURE, SIZE], responses=BYTES)
    def get(self, request: Request, media_id: uuid.UUID, size: str) -> HttpResponseBase:
        """Give out a rendition; it understands Range and If-None-Match."""
        if size not in RenditionName.values:
            raise Http404
        return _serve(request, media_id, size)


class OriginalView(OrgAPIView):
    """The bytes of a picture as they came."""

    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.DOWNLOAD_ORIGINALS}

    @extend_schema(operation_id="picture_original", parameters=[PICTURE], responses=BYTES)
    def get(self, request: Request, media_id: uuid.UUID) -> HttpResponseBase:
        """Give out the original; it understands Range and If-None-Match."""
        return _serve(request, media_id, ORIGINAL)


def _serve(request: Request, media_id: uuid.UUID, size: str) -> HttpResponseBase:
    file = find_file(media_id, size)
    if file is None:
        raise Http404
    return answer_with(request._request, file, resource_policy="same-origin")  # noqa: SLF001  # DRF's documented way to the request below
