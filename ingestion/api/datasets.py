"""Calls about how fresh datasets are, and what people want to hear of it."""

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion.api.queued import SEE_AND_CONTROL
from ingestion.api.serializers.datasets import (
    DatasetFilter,
    DatasetSerializer,
    FlipSerializer,
    MuteSerializer,
    ReminderSerializer,
)
from ingestion.freshness import services
from ingestion.freshness.reads import statuses
from ingestion.models import DatasetFlip, DatasetStatus
from tenants.api.filters import ListFilter, read_filter
from tenants.api.pagination import KeysetPagination
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission


class DatasetViewSet(OrgViewSet):
    """See how fresh everything is; choose what to be told of it."""

    serializer_class = DatasetSerializer
    required_permissions: ClassVar[dict[str, Permission]] = SEE_AND_CONTROL
    ordering = ("-at", "-pk")
    # Those of an organization are few, and sorted by what the clock makes of them.
    pagination_class = None

    def get_queryset(self) -> QuerySet[DatasetStatus]:
        """Return the organization's datasets."""
        return self.org.datasets.all()

    @extend_schema(parameters=[DatasetFilter], responses=DatasetSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return the datasets as fresh as they are by now, the worst first, without pages."""
        wanted = read_filter(DatasetFilter, request)
        found = [
            status
            for status in statuses(*wanted.get("name", ()))
            if ("state" not in wanted or status.state in wanted["state"])
            and wanted.get("connection", status.connection_id) == status.connection_id
        ]
        return Response(DatasetSerializer(found, many=True).data)

    @extend_schema(responses=DatasetSerializer)
    def retrieve(self, request: Request, pk: uuid.UUID) -> Response:
        """Return one dataset as fresh as it is by now."""
        return self._answer(pk)

    @extend_schema(responses=FlipSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=KeysetPagination)
    def flips(self, request: Request, pk: uuid.UUID) -> Response:
        """List the changes of the dataset's state, the latest first."""
        read_filter(ListFilter, request)
        page = self.paginate_queryset(DatasetFlip.objects.filter(dataset=self._status(pk)))
        return self.get_paginated_response(FlipSerializer(page, many=True).data)

    @extend_schema(request=ReminderSerializer, responses=DatasetSerializer)
    @action(detail=True, methods=["put"])
    def reminder(self, request: Request, pk: uuid.UUID) -> Response:
        """Say how old an export may be before people are asked for a newer one."""
        dataset = self._status(pk)
        form = ReminderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.set_reminder(dataset, form.validated_data["days"], self.membership.user)
        return self._answer(pk)

    @extend_schema(request=MuteSerializer, responses=DatasetSerializer)
    @action(detail=True, methods=["post"])
    def mute(self, request: Request, pk: uuid.UUID) -> Response:
        """Say nothing of the dataset's state for a while; calls like these still tell it."""
        dataset = self._status(pk)
        form = MuteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.mute(dataset, form.validated_data["until"], self.membership.user)
        return self._answer(pk)

    def _status(self, pk: uuid.UUID) -> DatasetStatus:
        status: DatasetStatus = get_object_or_404(self.get_queryset(), pk=pk)
        return status

    def _answer(self, pk: uuid.UUID) -> Response:
        status: Any = next((each for each in statuses() if each.pk == pk), None)
        if status is None:
            raise Http404
        return Response(DatasetSerializer(status).data)
