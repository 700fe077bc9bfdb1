"""Calls about scrape jobs: pages whose pictures are brought."""

import dataclasses
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion.api.serializers.scrapes import (
    ChoiceSerializer,
    NewScrapeJobSerializer,
    ScrapeJobDetailSerializer,
    ScrapeJobSerializer,
)
from ingestion.gather import queries, services
from ingestion.gather.earlier import Earlier
from ingestion.gather.lists import listed
from ingestion.gather.pages import Rendering
from ingestion.models import Job
from ingestion.models.job import JobKind
from ingestion.models.run import Trigger
from tenants.api.filters import ListFilter, read_filter
from tenants.api.pagination import KeysetPagination
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission

SEE_AND_SCRAPE = {
    "GET": Permission.VIEW_SYNC,
    "POST": Permission.IMPORT,
    "DELETE": Permission.IMPORT,
}
DETAIL = {status.HTTP_202_ACCEPTED: ScrapeJobDetailSerializer}


class JobsPagination(KeysetPagination):
    """Answers ``{"next": …, "jobs": […]}``."""

    results_name: ClassVar[str] = "jobs"


class ScrapeJobViewSet(OrgViewSet):
    """Submit a page, follow its pictures, try again, cancel, take it off the list."""

    required_permissions: ClassVar[dict[str, Permission]] = SEE_AND_SCRAPE
    pagination_class = JobsPagination

    @extend_schema(responses=ScrapeJobSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Return the recent jobs, newest first; those that ended long ago have left the list."""
        read_filter(ListFilter, request)
        jobs = self.paginate_queryset(listed([JobKind.SCRAPE])) or []
        found = queries.as_gatherings(list(jobs))
        return self.get_paginated_response(ScrapeJobSerializer(found, many=True).data)

    @extend_schema(responses=ScrapeJobDetailSerializer)
    def retrieve(self, request: Request, pk: Any = None) -> Response:
        """Return one job with its pictures."""
        return self._answer(self._job(), code=status.HTTP_200_OK)

    @extend_schema(request=NewScrapeJobSerializer, responses=DETAIL)
    def create(self, request: Request) -> Response:
        """Queue the scrape of a page."""
        form = NewScrapeJobSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        job = services.submit_page(
            self.org,
            form.validated_data["url"],
            self._asking(),
            chooses=form.validated_data["choose"],
            rendering=Rendering(form.validated_data["rendering"]),
        )
        return self._answer(job)

    @extend_schema(request=ChoiceSerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def choice(self, request: Request, pk: Any = None) -> Response:
        """Take the chosen pictures of a page that was looked at."""
        job = self._job()
        form = ChoiceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.take_chosen(job, form.validated_data["positions"], self._asking())
        return self._answer(job)

    @extend_schema(request=None, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: Any = None) -> Response:
        """Try again what failed: the pictures, or the page where that could not be read."""
        job = self._job()
        services.retry(job, self._asking())
        return self._answer(job)

    @extend_schema(request=None, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any = None) -> Response:
        """Ask for the end of what goes on; what came in stays."""
        job = self._job()
        services.cancel(job, self._asking())
        return self._answer(job)

    @extend_schema(responses={status.HTTP_204_NO_CONTENT: None})
    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Take a job off the list; its pictures stay."""
        services.hide(self._job(), self._asking())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _job(self) -> Job:
        return get_object_or_404(queries.of_kinds([JobKind.SCRAPE]), pk=self.kwargs["pk"])

    def _asking(self) -> services.Asking:
        return services.Asking(self.membership.user, Trigger.API)

    def _answer(self, job: Job, *, code: int = status.HTTP_202_ACCEPTED) -> Response:
        job.refresh_from_db()
        (found,) = queries.as_gatherings([job])
        return Response(ScrapeJobDetailSerializer(_Detail(found)).data, status=code)


@dataclasses.dataclass(frozen=True, slots=True)
class _Detail:
    """A job as ``ScrapeJobDetailSerializer`` reads it."""

    found: queries.Gathering

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)

    @property
    def items(self) -> list[queries.Picture]:
        """Return its pictures."""
        return queries.pictures_of(self.found)

    @property
    def earlier(self) -> Earlier | None:
        """Return the scrape of the same page before it."""
        return Earlier.of_job(self.found.job)
