"""What the organization allows, to be read; it is changed on the pages, by owners."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from faces.api.serializers import FaceSettingsSerializer
from faces.consent import face_settings
from faces.models import FaceReceipt, FaceSource
from faces.queries import live_consent
from faces.receipts import held_now
from tenants.api.views import OrgAPIView
from tenants.permissions import Permission


class FaceSettingsView(OrgAPIView):
    """Whether faces are looked for, in what, and how much is kept."""

    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_LIBRARY}

    @extend_schema(
        operation_id="face_settings",
        summary="What the organization allows to be done with faces",
        responses=FaceSettingsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Say what is allowed. It is changed on the pages only, by owners."""
        settings, consent = face_settings(self.org), live_consent()
        found = {
            "is_enabled": consent is not None,
            "consented_at": consent.granted_at if consent else None,
            "text_version": consent.text_version if consent else "",
            "lawful_basis": consent.lawful_basis if consent else "",
            "retention_days": settings.retention_days,
            "auto_assign": settings.auto_assign,
            "is_deleting": FaceReceipt.objects.open().exists(),
            "sources": FaceSource.objects.live().by_name(),
            "held": held_now(),
        }
        return Response(FaceSettingsSerializer(found).data)
