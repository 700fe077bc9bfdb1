"""Calls about what people changed."""

import uuid
from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from media import operations
from media.api.serializers import OperationSerializer
from media.models import Operation
from tenants.api.filters import ListMixin
from tenants.api.views import OrgViewSet
from tenants.errors import RoleTooLowError
from tenants.permissions import Permission


class OperationViewSet(ListMixin, mixins.RetrieveModelMixin, OrgViewSet):
    """Read the log of changes, and take one back."""

    serializer_class = OperationSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {
        "GET": Permission.VIEW_LIBRARY,
        "POST": Permission.EDIT_LIBRARY,
    }
    ordering = ("-created_at", "-pk")

    def get_queryset(self) -> QuerySet[Operation]:
        """Return the operations with their people."""
        found = Operation.objects.select_related("actor", "undone_by")
        # What turned out to change nothing can still be followed to its end by its key.
        return found.worth_telling() if self.action == "list" else found

    @extend_schema(request=None, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: uuid.UUID) -> Response:
        """Take an operation back and return the operation that did so.

        The second time nothing changes. Undoing an undo does the thing again.
        """
        inverse = operations.undo(self._own(pk), self.membership.user)
        return Response(OperationSerializer(inverse).data)

    @extend_schema(request=None, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: uuid.UUID) -> Response:
        """Call off what is left of an operation that goes on, and return it.

        What was changed stays, and can be undone. Where it has ended, nothing changes.
        """
        return Response(OperationSerializer(operations.cancel(self._own(pk))).data)

    def _own(self, pk: uuid.UUID) -> Operation:
        """Return an operation that the caller may take back.

        Raises:
            Http404: it is none of the organization's.
            RoleTooLowError: it is somebody else's.
        """
        operation: Operation = get_object_or_404(self.org.operations, pk=pk)
        is_own = operation.actor_id == self.membership.user_id
        if not is_own and not self.membership.allows(Permission.UNDO_OTHERS):
            raise RoleTooLowError("Only admins can undo what somebody else did.")
        return operation
