"""What people do with imports: bring files, look at the pre-flight, start, cancel, bring back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connectors.errors import FileRefusedError
from ingestion.driver import start_run
from ingestion.imports.files import delete_bytes, store_file
from ingestion.models import ImportFile, Job, RunItem, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import OPEN_STATES, Lane
from media.models import Asset, Tombstone
from media.operations import restore_assets
from tenants.errors import NotReadyError
from tenants.models import Organization, User


@transaction.atomic
def receive_files(
    org: Organization, files: Sequence[tuple[str, IO[bytes]]], *, by: User | None
) -> Job:
    """Store the files of one import and queue its pre-flight.

    Args:
        files: name and content of each; several archives of one export make one import.
        by: who brought them.

    Raises:
        FileRefusedError: one is empty or too large; nothing is kept.
    """
    if not files:
        message = "Choose at least one file: a ZIP, JSON, JSONL, CSV or HTML export."
        raise FileRefusedError(message)
    job = Job.objects.create(org=org, kind=JobKind.IMPORT, created_by=by)
    stored: list[ImportFile] = []
    try:
        for position, (name, file) in enumerate(files):
            stored.append(
                store_file(job, file, name=name, position=position, limit=settings.IMPORT_MAX_BYTES)
            )
    except BaseException:
        for kept in stored:
            default_storage.delete(kept.storage_key)
        raise
    start_run(job, lane=Lane.INTERACTIVE, is_dry_run=True, created_by=by)
    return job


@transaction.atomic
def start_import(job: Job, *, by: User | None) -> SyncRun:
    """Queue the import of a job's files, or return the run that is under way already.

    Raises:
        NotReadyError: the files were deleted, so there is nothing left to read.
    """
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not ImportFile.objects.filter(job=job).exclude(storage_key="").exists():
        message = "The files of this import were deleted. Bring them again to import them."
        raise NotReadyError(message)
    running = SyncRun.objects.filter(job=job, is_dry_run=False, state__in=OPEN_STATES).first()
    if running is not None:
        return running
    if job.state == JobState.ARCHIVED:
        Job.objects.filter(pk=job.pk).update(state=JobState.ACTIVE, archived_at=None)
        job.refresh_from_db()
    return start_run(job, lane=Lane.INTERACTIVE, created_by=by)


@transaction.atomic
def discard(job: Job) -> None:
    """Drop a job whose import was never started, with the bytes of its files."""
    if SyncRun.objects.filter(job=job, is_dry_run=False).exists():
        message = "This import has begun; cancel its run instead."
        raise NotReadyError(message)
    delete_bytes(list(ImportFile.objects.filter(job=job).exclude(storage_key="")))
    now = timezone.now()
    SyncRun.objects.filter(job=job, state__in=OPEN_STATES).update(cancel_requested_at=now)
    Job.objects.filter(pk=job.pk).update(state=JobState.ARCHIVED, archived_at=now)


@transaction.atomic
def restore_removed(run: SyncRun, *, by: User) -> int:
    """Bring back what ``run`` passed over because people had removed it; return how many.

    What still lies in the trash comes back at once; of what was purged the tombstone goes, so
    that the next import of the file brings it in anew.
    """
    skipped = RunItem.objects.filter(run=run, reason="removed_by_you")
    refs = list(skipped.values_list("source_ref", flat=True))
    in_trash = Asset.objects.in_trash().filter(source_ref__in=refs)
    count = restore_assets(run.org, list(in_trash.values_list("pk", flat=True)), by=by)
    purged, _ = Tombstone.objects.filter(source_ref__in=refs).delete()
    return count + purged


def delete_old_bytes() -> int:
    """Delete the files of imports that ended long enough ago, in the organization in scope."""
    before = timezone.now() - timedelta(days=settings.IMPORT_FILE_DAYS)
    busy = SyncRun.objects.filter(Q(state__in=OPEN_STATES) | Q(finished_at__gt=before))
    old = ImportFile.objects.filter(received_at__lt=before).exclude(storage_key="")
    return delete_bytes(list(old.exclude(job__in=busy.values("job"))))
