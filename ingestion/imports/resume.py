"""Imports that are started where the files already lie, and gone on with by bringing them again."""

from collections.abc import Sequence
from typing import IO

from django.conf import settings

from connectors.readers import ImportReader
from ingestion.driver import start_run
from ingestion.imports.files import keep_files, stored
from ingestion.imports.kind import identify
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Lane
from tenants.models import Organization
from tenants.scope import org_scope


def find_unfinished(org: Organization, sha256s: Sequence[str]) -> Job | None:
    """Return the import of exactly these files that was broken off, so that it can go on.

    One whose files were deleted since cannot: they are brought anew. Call it in scope.
    """
    candidates = (
        Job.objects.filter(org=org, kind=JobKind.IMPORT, state=JobState.ACTIVE)
        .filter(files__sha256__in=sha256s)
        .exclude(files__storage_key="")
        .distinct()
        .order_by("-created_at")
    )
    for job in candidates:
        held = sorted(job.files.values_list("sha256", flat=True))
        if held == sorted(sha256s):
            return job
    return None


def adopt(
    org: Organization,
    files: Sequence[tuple[str, IO[bytes]]],
    reader: ImportReader,
    *,
    is_dry_run: bool = False,
) -> SyncRun:
    """Store files that a reader has looked at already, and queue a run; for the command line.

    Call it outside of the organization's scope, as ``receive_files``.

    Raises:
        FileRefusedError: one is empty or too large; nothing is kept.
    """
    with (
        stored(org.pk, files, limit_bytes=settings.IMPORT_MAX_BYTES) as kept,
        org_scope(org.pk),
    ):
        job = Job.objects.create(org=org, kind=JobKind.IMPORT)
        keep_files(job, kept)
        identify(job, reader)
        job.refresh_from_db()
        return start_run(job, lane=Lane.INTERACTIVE, is_dry_run=is_dry_run)
