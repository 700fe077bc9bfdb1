"""Calls about jobs: what is done and when, and what people ask of it."""

from typing import Any, ClassVar, TypeVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion import control
from ingestion.api.creating import create_job
from ingestion.api.queued import (
    QUEUED_RESPONSES,
    SEE_AND_CONTROL,
    demand_import,
    queued_response,
)
from ingestion.api.serializers.jobs import (
    CheckpointSerializer,
    JobFilter,
    JobSerializer,
    NewJobSerializer,
    PauseSerializer,
    RewindSerializer,
    ScheduleSerializer,
    WindowSerializer,
)
from ingestion.drops.services import stop_watching
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Trigger
from ingestion.pipelines.windows import checkpoints_of
from tenants.api.filters import ListFilter, read_filter
from tenants.api.views import OrgViewSet
from tenants.errors import NotReadyError
from tenants.models import User
from tenants.permissions import Permission

S = TypeVar("S", bound="serializers.Serializer[Any]")


class JobViewSet(OrgViewSet):
    """See jobs; run, pause and schedule them."""

    serializer_class = JobSerializer
    required_permissions: ClassVar[dict[str, Permission]] = SEE_AND_CONTROL
    ordering: tuple[str, ...] = ("-pk",)

    def get_queryset(self) -> QuerySet[Job]:
        """Return the organization's jobs with their open runs."""
        open_runs = SyncRun.objects.open().order_by("created_at", "pk")
        return self.org.jobs.select_related("connection", "paused_by").prefetch_related(
            Prefetch("runs", open_runs, to_attr="open_runs")
        )

    @extend_schema(parameters=[JobFilter], responses=JobSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List jobs, the newest first."""
        wanted = read_filter(JobFilter, request)
        if "state" in wanted:
            wanted["state__in"] = wanted.pop("state")
        if "connection" in wanted:
            wanted["connection_id"] = wanted.pop("connection")
        page = self.paginate_queryset(self.get_queryset().filter(**wanted))
        return self.get_paginated_response(JobSerializer(page, many=True).data)

    @extend_schema(responses=JobSerializer)
    def retrieve(self, request: Request, pk: Any = None) -> Response:
        """Return one job with its open runs."""
        return self._answer()

    @extend_schema(request=NewJobSerializer, responses={status.HTTP_201_CREATED: JobSerializer})
    def create(self, request: Request) -> Response:
        """Watch a drop folder from now on, and look at once.

        A connection has one folder: naming another one moves it. A ``source`` in place of a
        connection means the one for files of that source, which is made if need be.
        """
        form = _read(NewJobSerializer, request)
        demand_import(self, form.validated_data["kind"])
        job = create_job(self.org, form, by=self._by)
        return self._answer(job.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: Any = None) -> Response:
        """Look at a drop folder no more; what was imported stays, and so do the files in it.

        The job goes to the archive; making it again watches the folder again. One that was
        stopped already stays as it is.
        """
        job = self._job()
        if job.kind != JobKind.DROP:
            raise NotReadyError("Only the watching of a folder can be stopped; pause this job.")
        if job.state != JobState.ARCHIVED:
            stop_watching(job, by=self._by)
        return self._answer()

    @extend_schema(request=None, responses=QUEUED_RESPONSES)
    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: Any = None) -> Response:
        """Let the job run as soon as a worker is free, and return the run.

        Asking twice is harmless: while a run of the job waits or works, it is returned with 200
        and ``is_new: false``.
        """
        return queued_response(control.run_now(self._job_to_begin(), self._by, trigger=Trigger.API))

    @extend_schema(request=PauseSerializer, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: Any = None) -> Response:
        """Let the job make and begin no runs; one at work waits after its slice, within a minute.

        A job that is paused already stays as it is.
        """
        job = self._job()
        reason = _read(PauseSerializer, request).validated_data["reason"]
        control.pause(job, self._by, reason)
        return self._answer()

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: Any = None) -> Response:
        """Let the job run again; one that is not paused stays as it is."""
        control.resume(self._job_to_begin(), self._by)
        return self._answer()

    @extend_schema(request=ScheduleSerializer, responses=JobSerializer)
    @action(detail=True, methods=["put"])
    def schedule(self, request: Request, pk: Any = None) -> Response:
        """Say when the job runs by itself; what is left out is not kept from before."""
        job = self._job_to_begin()
        cadence = _read(ScheduleSerializer, request).as_cadence()
        control.edit_schedule(job, cadence, self._by)
        return self._answer()

    @extend_schema(request=WindowSerializer, responses=QUEUED_RESPONSES)
    @action(detail=True, methods=["post"])
    def backfill(self, request: Request, pk: Any = None) -> Response:
        """Read a window of time once more; the job's own checkpoint stays where it is."""
        job = self._job_to_begin()
        window = _read(WindowSerializer, request).validated_data
        start, end = window["start"], window["end"]
        return queued_response(control.backfill(job, start, end, self._by, trigger=Trigger.API))

    @extend_schema(request=RewindSerializer, responses=QUEUED_RESPONSES)
    @action(detail=True, methods=["post"])
    def rewind(self, request: Request, pk: Any = None) -> Response:
        """Set the job back to one of its checkpoints, and read on from there."""
        job = self._job_to_begin()
        key = _read(RewindSerializer, request).validated_data["checkpoint"]
        history = checkpoints_of(job).filter(pk=key).first()
        if history is None:
            raise serializers.ValidationError({"checkpoint": ["The job has no such checkpoint."]})
        return queued_response(control.rewind(job, history, self._by, trigger=Trigger.API))

    @extend_schema(request=None, responses=QUEUED_RESPONSES)
    @action(detail=True, methods=["post"])
    def rehearse(self, request: Request, pk: Any = None) -> Response:
        """Queue a run that writes nothing, and says what one would insert, update and skip."""
        return queued_response(
            control.rehearse(self._job_to_begin(), self._by, trigger=Trigger.API)
        )

    @extend_schema(responses=CheckpointSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[])
    def checkpoints(self, request: Request, pk: Any = None) -> Response:
        """List where the job's stream stood after its runs, the latest first: see ``rewind``."""
        read_filter(ListFilter, request)
        self.ordering = ("-sequence", "-pk")
        page = self.paginate_queryset(checkpoints_of(self._job()))
        return self.get_paginated_response(CheckpointSerializer(page, many=True).data)

    @property
    def _by(self) -> User:
        return self.membership.user

    def _job(self) -> Job:
        jobs = self.org.jobs.select_related("connection")
        return get_object_or_404(jobs, pk=self.kwargs["pk"])

    def _job_to_begin(self) -> Job:
        """Return the job, if the caller may let it do what it does."""
        job = self._job()
        demand_import(self, job.kind)
        return job

    def _answer(self, pk: Any = None, *, code: int = status.HTTP_200_OK) -> Response:
        job = get_object_or_404(self.get_queryset(), pk=pk or self.kwargs["pk"])
        return Response(JobSerializer(job).data, status=code)


def _read(kind: type[S], request: Request) -> S:
    """Return what the body of ``request`` says.

    Raises:
        ValidationError: it does not fit.
    """
    form = kind(data=request.data)
    form.is_valid(raise_exception=True)
    return form
