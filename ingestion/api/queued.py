"""How calls answer that ask for a run, and who asks for it."""

from typing import Any, Final

from rest_framework import status
from rest_framework.response import Response

from ingestion.api.serializers.runs import QueuedSerializer
from ingestion.control import Queued
from ingestion.models.job import JobKind
from tenants.api.views import OrgScopeMixin
from tenants.permissions import Permission

SEE_AND_CONTROL: Final = {
    "GET": Permission.VIEW_SYNC,
    "POST": Permission.CONTROL_SYNC,
    "PUT": Permission.CONTROL_SYNC,
}
# Of these, a run brings files into the library: that takes the permission to do so.
BRINGING_FILES: Final = frozenset({JobKind.IMPORT, JobKind.DROP})
# What every such call may answer, for OpenAPI.
QUEUED_RESPONSES: Final[dict[int, Any]] = {
    status.HTTP_202_ACCEPTED: QueuedSerializer,
    status.HTTP_200_OK: QueuedSerializer,
}


def demand_import(view: OrgScopeMixin, kind: str) -> None:
    """Refuse a call that lets a job of ``kind`` bring files, where it may not bring any.

    Raises:
        PermissionDenied, ScopeMissingError: as ``demand`` says.
    """
    if kind in BRINGING_FILES:
        view.demand(Permission.IMPORT)


def queued_response(queued: Queued) -> Response:
    """Answer 202 with a run that was queued, and 200 with one that was there already."""
    code = status.HTTP_202_ACCEPTED if queued.is_new else status.HTTP_200_OK
    return Response(QueuedSerializer(queued).data, status=code)
