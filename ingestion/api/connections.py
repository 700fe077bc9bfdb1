"""The call about connections: what jobs belong to."""

from typing import ClassVar

from django.db.models import QuerySet

from connectors.models import Connection
from ingestion.api.serializers.connections import LinkedConnectionSerializer
from tenants.api.filters import ListMixin
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission


class ConnectionViewSet(ListMixin, OrgViewSet):
    """See the sources that the organization is linked to, by source and name.

    ``POST /jobs`` takes the ``id`` of one.
    """

    serializer_class = LinkedConnectionSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_SYNC}
    ordering = ("source", "name", "pk")

    def get_queryset(self) -> QuerySet[Connection]:
        """Return the organization's connections."""
        return self.org.connections.prefetch_related("credentials")
