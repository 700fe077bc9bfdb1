"""Calls about the stages of pictures, and about what kinds of jobs there are."""

import dataclasses
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion import control
from ingestion.api.queued import QUEUED_RESPONSES, queued_response
from ingestion.api.serializers.jobs import KindSerializer, StageRunSerializer, StageSerializer
from ingestion.engine.kinds import kinds
from ingestion.freshness.counts import count_units
from ingestion.models.run import Trigger
from media.again import Which
from media.models.stage import Stage
from tenants.api.filters import ListFilter, read_filter
from tenants.api.views import OrgAPIView
from tenants.permissions import Permission


class StagesView(OrgAPIView):
    """How far the stages are."""

    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_SYNC}

    @extend_schema(responses=StageSerializer(many=True), operation_id="stages_list")
    def get(self, request: Request) -> Response:
        """Return every stage with its counts of now; there are few, so there are no pages."""
        read_filter(ListFilter, request)
        standing = self.org.jobs.filter(kind__in=Stage.values, is_one_off=False, connection=None)
        keys = dict(standing.values_list("kind", "pk"))
        found = [_described(stage) | {"job_id": keys.get(stage.value)} for stage in Stage]
        return Response(StageSerializer(found, many=True).data)


class StageRunView(OrgAPIView):
    """Work units of a stage once more."""

    required_permissions: ClassVar[dict[str, Permission]] = {"POST": Permission.CONTROL_SYNC}

    @extend_schema(
        request=StageRunSerializer, responses=QUEUED_RESPONSES, operation_id="stages_run"
    )
    def post(self, request: Request, stage: str) -> Response:
        """Put units of the stage in line, and return the run that works them.

        200 with ``is_new: false`` where a run of the stage waits or works already: it works
        these units too.
        """
        if stage not in Stage.values:
            raise Http404
        form = StageRunSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        which = Which(form.validated_data["which"])
        by = self.membership.user
        return queued_response(
            control.run_stage(self.org, Stage(stage), which, by, trigger=Trigger.API)
        )


class KindsView(OrgAPIView):
    """What kinds of jobs there are."""

    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_SYNC}

    @extend_schema(responses=KindSerializer(many=True), operation_id="kinds_list")
    def get(self, request: Request) -> Response:
        """Return every kind; there are few, so there are no pages."""
        read_filter(ListFilter, request)
        return Response(KindSerializer(kinds(), many=True).data)


def _described(stage: Stage) -> dict[str, Any]:
    return {"name": stage.value, "label": stage.label, **dataclasses.asdict(count_units(stage))}
