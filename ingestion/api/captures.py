"""Calls about captures: a picture of a page, or a pin, that somebody saves."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion.api.serializers.captures import CaptureSerializer, NewCaptureSerializer
from ingestion.gather.captures import queries, services
from ingestion.gather.services import Asking
from ingestion.models import Job
from ingestion.models.run import Trigger
from media.models import Board
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission


class CaptureViewSet(OrgViewSet):
    """Save what somebody looks at, and follow it."""

    required_permissions: ClassVar[dict[str, Permission]] = {
        "GET": Permission.VIEW_SYNC,
        "POST": Permission.IMPORT,
    }
    ordering = ("-pk",)
    pagination_class = None

    @extend_schema(responses=CaptureSerializer)
    def retrieve(self, request: Request, pk: Any = None) -> Response:
        """Return how a capture stands, and its asset once that is there."""
        return self._answer(get_object_or_404(queries.captures(), pk=pk), status.HTTP_200_OK)

    @extend_schema(
        request=NewCaptureSerializer, responses={status.HTTP_202_ACCEPTED: CaptureSerializer}
    )
    def create(self, request: Request) -> Response:
        """Queue the saving of one picture of a page, or of a pin."""
        form = NewCaptureSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        if said["board"] is not None:
            get_object_or_404(Board.objects.present(), pk=said["board"])
        what = services.Capturing(
            url=said["url"],
            picture=said["picture"],
            title=said["title"],
            board=said["board"],
            board_name=said["board_name"],
            tags=tuple(said["tags"]),
            note=said["note"],
        )
        asking = Asking(self.membership.user, Trigger.API)
        return self._answer(services.save(self.org, what, asking), status.HTTP_202_ACCEPTED)

    def _answer(self, job: Job, code: int) -> Response:
        job.refresh_from_db()
        return Response(CaptureSerializer(queries.as_capture(job)).data, status=code)
