"""Calls about runs: what there was, how one goes, and what becomes of it."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion import control
from ingestion.api.items import answer_items
from ingestion.api.queued import (
    QUEUED_RESPONSES,
    SEE_AND_CONTROL,
    demand_import,
    queued_response,
)
from ingestion.api.serializers.runs import (
    ItemFilter,
    RunDetailSerializer,
    RunEventSerializer,
    RunFilter,
    RunItemSerializer,
    RunSerializer,
)
from ingestion.models import RunAttempt, RunEvent, RunStep, SyncRun
from ingestion.models.run import Trigger
from tenants.api.filters import ListFilter, read_filter
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission

MOST_ATTEMPTS = 20


class RunViewSet(OrgViewSet):
    """Watch runs of any kind, call them off, try them again."""

    serializer_class = RunSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {
        method: SEE_AND_CONTROL[method] for method in ("GET", "POST")
    }
    ordering: tuple[str, ...] = ("-created_at", "-pk")

    def get_queryset(self) -> QuerySet[SyncRun]:
        """Return the organization's runs."""
        return self.org.runs.all()

    @extend_schema(parameters=[RunFilter], responses=RunSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List runs, those queued last first."""
        wanted = read_filter(RunFilter, request)
        names = {"job": "job_id", "connection": "connection_id", "since": "created_at__gte"}
        names |= {"state": "state__in", "kind": "kind"}
        found = self.get_queryset().filter(**{names[key]: value for key, value in wanted.items()})
        page = self.paginate_queryset(found)
        return self.get_paginated_response(RunSerializer(page, many=True).data)

    @extend_schema(responses=RunDetailSerializer)
    def retrieve(self, request: Request, pk: Any = None) -> Response:
        """Return one run with its steps and its latest tries."""
        return self._answer()

    @extend_schema(
        request=None,
        responses={
            status.HTTP_202_ACCEPTED: RunDetailSerializer,
            status.HTTP_200_OK: RunDetailSerializer,
        },
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any = None) -> Response:
        """Ask for the end of a run: at once where it waits, else at its next batch.

        What was committed stays. 200 where it had ended already; nothing changes then.
        """
        was_open = control.cancel(self._run(), self.membership.user)
        return self._answer(status.HTTP_202_ACCEPTED if was_open else status.HTTP_200_OK)

    @extend_schema(request=None, responses=QUEUED_RESPONSES)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: Any = None) -> Response:
        """Let a run that waits go on now; of one that ended badly, queue another.

        It goes on from its checkpoint. 200 with ``is_new: false`` where a run waits or works
        already that does so.
        """
        return queued_response(
            control.retry_now(self._run_to_begin(), self.membership.user, trigger=Trigger.API)
        )

    @extend_schema(request=None, responses=QUEUED_RESPONSES)
    @action(detail=True, methods=["post"], url_path="retry-failed")
    def retry_failed(self, request: Request, pk: Any = None) -> Response:
        """Queue a run over the items that failed in this one, and over nothing else.

        200 with ``is_new: false`` where such a run waits or works already.
        """
        return queued_response(
            control.retry_failed(self._run_to_begin(), self.membership.user, trigger=Trigger.API)
        )

    @extend_schema(parameters=[ItemFilter], responses=RunItemSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[])
    def items(self, request: Request, pk: Any = None) -> Response:
        """List what became of each record, in the order of the source.

        Of a stage, its pictures: those that this run gave up and no later one mended (``failed``),
        that one before it gave up (``earlier``), and that wait to be tried again (``waiting``).
        """
        return answer_items(self, self._run())

    @extend_schema(responses=RunEventSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[])
    def events(self, request: Request, pk: Any = None) -> Response:
        """List what happened to the run, in order."""
        read_filter(ListFilter, request)
        self.ordering = ("at", "pk")
        page = self.paginate_queryset(RunEvent.objects.filter(run=self._run()))
        return self.get_paginated_response(RunEventSerializer(page, many=True).data)

    def _run(self) -> SyncRun:
        runs = self.get_queryset().select_related("job__connection")
        return get_object_or_404(runs, pk=self.kwargs["pk"])

    def _run_to_begin(self) -> SyncRun:
        """Return the run, if the caller may let it, or one like it, do what it does."""
        run = self._run()
        demand_import(self, run.kind)
        return run

    def _answer(self, code: int = status.HTTP_200_OK) -> Response:
        latest = RunAttempt.objects.order_by("-number")[:MOST_ATTEMPTS]
        detailed = self.get_queryset().prefetch_related(
            Prefetch("steps", RunStep.objects.order_by("position")),
            Prefetch("attempts", latest, to_attr="latest_attempts"),
        )
        run = get_object_or_404(detailed, pk=self.kwargs["pk"])
        return Response(RunDetailSerializer(run).data, status=code)
