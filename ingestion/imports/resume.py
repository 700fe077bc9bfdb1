"""Imports that are started where the files already lie, and gone on with by bringing them again."""

from collections.abc import Sequence
from typing import IO

from django.conf import settings

from connectors.readers import ImportReader
from ingestion.imports.files import store_file
from ingestion.imports.kind import identify
from ingestion.models import Job
from ingestion.models.job import JobKind, JobState
from tenants.models import Organization


def find_unfinished(org: Organization, sha256s: Sequence[str]) -> Job | None:
    """Return the import of exactly these files that was broken off, so that it can go on."""
    candidates = (
        Job.objects.filter(org=org, kind=JobKind.IMPORT, state=JobState.ACTIVE)
        .filter(files__sha256__in=sha256s)
        .distinct()
        .order_by("-created_at")
    )
    for job in candidates:
        held = sorted(job.files.values_list("sha256", flat=True))
        if held == sorted(sha256s):
            return job
    return None


def adopt(org: Organization, files: Sequence[tuple[str, IO[bytes]]], reader: ImportReader) -> Job:
    """Store files that a reader has looked at already; used by the command line."""
    job = Job.objects.create(org=org, kind=JobKind.IMPORT)
    for position, (name, file) in enumerate(files):
        store_file(job, file, name=name, position=position, limit=settings.IMPORT_MAX_BYTES)
    identify(job, reader)
    return job
