"""The call about connections: what jobs belong to."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from connectors.models import Connection
from ingestion.api.filters import ListFilter, read_filter
from ingestion.api.serializers.jobs import ConnectionSerializer
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission


class ConnectionViewSet(OrgViewSet):
    """See the sources that the organization is linked to."""

    serializer_class = ConnectionSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_SYNC}
    ordering = ("source", "name", "pk")

    def get_queryset(self) -> QuerySet[Connection]:
        """Return the organization's connections."""
        return self.org.connections.all()

    @extend_schema(responses=ConnectionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List connections, by source and name; ``POST /jobs`` takes the ``id`` of one."""
        read_filter(ListFilter, request)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ConnectionSerializer(page, many=True).data)
