"""Calls about imports."""

import dataclasses
import tempfile
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion.api.items import answer_items
from ingestion.api.serializers.imports import (
    ImportDetailSerializer,
    ImportSerializer,
    NewImportSerializer,
)
from ingestion.api.serializers.runs import ItemFilter, RunItemSerializer
from ingestion.imports import services
from ingestion.imports.queries import as_import, imports_of
from ingestion.imports.report import rejected_csv, report_of
from ingestion.imports.status import Import
from ingestion.models import Job
from tenants.api.filters import ListMixin
from tenants.api.parsers import JSONParser
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission

CSV_IN_MEMORY_BYTES = 4 * 1024**2
READ_AND_IMPORT = {"GET": Permission.VIEW_SYNC, "POST": Permission.IMPORT}


class ImportViewSet(ListMixin, OrgViewSet):
    """Bring files, look at what is in them, import them, read the report."""

    serializer_class = ImportSerializer
    required_permissions: ClassVar[dict[str, Permission]] = READ_AND_IMPORT
    parser_classes = (MultiPartParser, JSONParser)
    opening_scope_themselves: ClassVar[frozenset[str]] = frozenset({"create"})
    ordering = ("-pk",)

    def get_queryset(self) -> QuerySet[Job]:
        """Return the organization's imports with their files and runs."""
        return imports_of(self.org)

    def check_throttles(self, request: Request) -> None:
        """Read the body as the last thing before the scope: an upload may take minutes.

        Read later, it would keep the scope's transaction open for as long.
        """
        super().check_throttles(request)
        _ = request.data

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Show jobs as the imports that they are."""
        if kwargs.get("many") and args:
            args = ([as_import(job) for job in args[0]], *args[1:])
        return super().get_serializer(*args, **kwargs)

    @extend_schema(responses=ImportDetailSerializer)
    def retrieve(self, request: Request, pk: Any = None) -> Response:
        """Return one import with its report."""
        return self._answer(self._found())

    @extend_schema(
        request={"multipart/form-data": NewImportSerializer},
        responses={status.HTTP_202_ACCEPTED: ImportDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Store the files of one import and queue its pre-flight."""
        form = NewImportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        files = [(file.name or "file", file) for file in form.validated_data["files"]]
        job = services.receive_files(
            self.org,
            files,
            by=self.membership.user,
            starts_itself=form.validated_data["starts_itself"],
        )
        self.open_scope()
        return self._accepted(job)

    @extend_schema(request=None, responses={status.HTTP_202_ACCEPTED: ImportDetailSerializer})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: Any = None) -> Response:
        """Queue the import, or return the one that is under way."""
        job = self._found().job
        services.start_import(job, by=self.membership.user)
        return self._accepted(job)

    @extend_schema(request=None, responses={status.HTTP_202_ACCEPTED: ImportDetailSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: Any = None) -> Response:
        """Go on with what was stopped on the command line; anything else stays as it is."""
        job = self._found().job
        services.resume_import(job)
        return self._accepted(job)

    @extend_schema(request=None, responses={status.HTTP_202_ACCEPTED: ImportDetailSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any = None) -> Response:
        """Ask for the end of what is under way: at once where it waits, else at its next page."""
        job = self._found().job
        services.cancel_import(job, by=self.membership.user)
        return self._accepted(job)

    @extend_schema(request=None, responses={status.HTTP_200_OK: ImportDetailSerializer})
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: Any = None) -> Response:
        """Drop an import that was never started, with the bytes of its files."""
        job = self._found().job
        services.discard(job, by=self.membership.user)
        return self._answer(as_import(get_object_or_404(imports_of(self.org), pk=job.pk)))

    @extend_schema(parameters=[ItemFilter], responses=RunItemSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[])
    def items(self, request: Request, pk: Any = None) -> Response:
        """List what became of each record of the run whose figures count."""
        return answer_items(self, self._found().current)

    @extend_schema(
        responses={(status.HTTP_200_OK, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    @action(detail=True, methods=["get"], url_path="not-ingested.csv", url_name="csv")
    def not_ingested(self, request: Request, pk: Any = None) -> HttpResponseBase:
        """Give out the records that were not ingested, with their reasons, as CSV."""
        run = self._found().current
        # Written while the scope is open; the answer leaves after it.
        file = tempfile.SpooledTemporaryFile(max_size=CSV_IN_MEMORY_BYTES)  # noqa: SIM115  # sent
        for line in rejected_csv(run) if run is not None else ():
            file.write(line.encode())
        file.seek(0)
        return FileResponse(file, content_type="text/csv; charset=utf-8")

    def _found(self) -> Import:
        return as_import(get_object_or_404(imports_of(self.org), pk=self.kwargs["pk"]))

    def _accepted(self, job: Job) -> Response:
        found = as_import(get_object_or_404(imports_of(self.org), pk=job.pk))
        return self._answer(found, code=status.HTTP_202_ACCEPTED)

    def _answer(self, found: Import, *, code: int = status.HTTP_200_OK) -> Response:
        shown = ImportWithReport(found)
        return Response(ImportDetailSerializer(shown).data, status=code)


@dataclasses.dataclass(frozen=True, slots=True)
class ImportWithReport:
    """An import as ``ImportDetailSerializer`` reads it."""

    found: Import

    def __getattr__(self, name: str) -> Any:
        return getattr(self.found, name)

    @property
    def report(self) -> Any:
        """Return the report of the run whose figures count."""
        return report_of(self.found.current) if self.found.current is not None else None
