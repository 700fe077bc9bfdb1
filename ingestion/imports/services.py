"""What people do with imports: bring files, look at the pre-flight, start, cancel, bring back."""

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import IO, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from connectors.errors import FileRefusedError
from connectors.models import Connection
from ingestion.driver import start_run
from ingestion.engine.runs import end_held_run, request_cancel, resume_run
from ingestion.imports.files import StoredFile, delete_bytes, keep_files, stored
from ingestion.imports.kind import STARTS_ITSELF
from ingestion.models import ImportFile, Job, RunItem, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import OPEN_STATES, WHOLE_MODES, Lane
from media.models import Asset, Operation, Tombstone
from media.operations import Selection, restore_selection
from tenants.errors import NotReadyError
from tenants.models import Organization, User
from tenants.scope import org_scope

# Whose bytes are deleted within seconds, wherever they lie.
FILES_AT_ONCE: Final = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Restored:
    """What came back of what people had removed.

    Attributes:
        from_trash: assets that are in the library again.
        released: assets that were purged; the next import of the file brings them in anew.
        operation: undoes the first; None where nothing lay in the trash.
    """

    from_trash: int
    released: int
    operation: Operation | None


def receive_files(
    org: Organization,
    files: Sequence[tuple[str, IO[bytes]]],
    *,
    by: User | None,
    starts_itself: bool = False,
) -> Job:
    """Store the files of one import and queue its pre-flight.

    Call it outside of the organization's scope: the bytes may take minutes, and a scope is a
    transaction. The rows follow in a short one of their own.

    Args:
        org: whose library it is for.
        files: name and content of each; several archives of one export make one import.
        by: who brought them.
        starts_itself: whether the import begins without being asked after the pre-flight.

    Raises:
        FileRefusedError: one is empty or too large; nothing is kept.
    """
    if not files:
        message = "Choose at least one file: a ZIP, JSON, JSONL, CSV or HTML export."
        raise FileRefusedError(message)
    with (
        stored(org.pk, files, limit_bytes=settings.IMPORT_MAX_BYTES) as kept,
        org_scope(org.pk),
    ):
        return queue_import(org.pk, kept, by=by, starts_itself=starts_itself)


def queue_import(  # noqa: PLR0913  # what an import may be told
    org_id: uuid.UUID,
    files: Sequence[StoredFile],
    *,
    by: User | None,
    starts_itself: bool = False,
    lane: Lane = Lane.INTERACTIVE,
    connection: Connection | None = None,
) -> Job:
    """Make an import of files that are stored and queue its pre-flight.

    Call it in the organization's scope, within the block that stores the files; those of a drop
    folder stay where they are.

    Args:
        starts_itself: whether the import follows its pre-flight without being asked.
        connection: whose files they are; the default one of their source where it is not said.
            Of a known one files are imported without a pre-flight, one after the other in the
            order in which they are queued: behind pre-flights, which go side by side, a small new
            file would be written before a large old one, and be overwritten by it.
    """
    job = Job.objects.create(
        org_id=org_id,
        kind=JobKind.IMPORT,
        connection=connection,
        created_by=by,
        params={STARTS_ITSELF: True} if starts_itself else {},
    )
    keep_files(job, files)
    start_run(job, lane=lane, is_dry_run=connection is None, created_by=by)
    return job


@transaction.atomic
def check_again(job: Job, *, by: User | None) -> SyncRun:
    """Queue another pre-flight, or return the one that is under way; one that is held goes on.

    Raises:
        NotReadyError: the files were deleted, so there is nothing left to read.
    """
    job = _with_files(job)
    running = _open_run(job, is_dry_run=True)
    if running is not None:
        resume_run(running)
        return running
    return start_run(job, lane=Lane.INTERACTIVE, is_dry_run=True, created_by=by)


@transaction.atomic
def start_import(job: Job, *, by: User | None) -> SyncRun:
    """Queue the import of a job's files, or return the run that is under way already.

    A run that was stopped on the command line goes on where it stopped. A pre-flight that
    still goes on is called off: the import says the same and more. One over a part of the files
    goes on, and the import of the whole follows it.

    Raises:
        NotReadyError: the files were deleted, so there is nothing left to read.
    """
    job = _with_files(job)
    running = _open_run(job, is_dry_run=False)
    if running is not None:
        resume_run(running)
        return running
    _cancel_open_runs(job, by=by, is_dry_run=True)
    return start_run(job, lane=Lane.INTERACTIVE, created_by=by)


@transaction.atomic
def resume_import(job: Job) -> bool:
    """Go on with what was stopped on the command line; return whether anything was.

    Raises:
        NotReadyError: the files were deleted, so there is nothing left to read.
    """
    job = _with_files(job)
    return sum(resume_run(run) for run in SyncRun.objects.held().filter(job=job)) > 0


@transaction.atomic
def cancel_import(job: Job, *, by: User | None) -> bool:
    """Ask for the end of whatever is under way; return whether anything was.

    What waits ends at once, what works ends at its next page. What was read stays.
    """
    return _cancel_open_runs(job, by=by) > 0


@transaction.atomic
def discard(job: Job, *, by: User | None) -> None:
    """Drop an import that was never started, with the bytes of its files.

    Raises:
        NotReadyError: it was started; its run can be cancelled.
    """
    job = _locked(job)
    if SyncRun.objects.filter(job=job, is_dry_run=False).exists():
        message = "This import has begun; cancel its run instead."
        raise NotReadyError(message)
    _cancel_open_runs(job, by=by)
    Job.objects.filter(pk=job.pk).update(state=JobState.ARCHIVED, archived_at=timezone.now())
    delete_bytes(list(ImportFile.objects.filter(job=job).exclude(storage_key="")))


@transaction.atomic
def restore_removed(run: SyncRun, *, by: User) -> Restored:
    """Bring back what ``run`` passed over because people had removed it.

    What still lies in the trash comes back at once; of what was purged the tombstone goes, so
    that the next import of the file brings it in anew. A second time nothing is left to do.
    """
    skipped = RunItem.objects.filter(run=run, outcome="skipped", reason="removed_by_you")
    refs = list(skipped.values_list("source_ref", flat=True))
    source = run.job.connection.source if run.job.connection else ""
    in_trash = Asset.objects.in_trash().filter(source=source, source_ref__in=refs)
    ids = list(in_trash.values_list("pk", flat=True))
    operation = restore_selection(Selection.of_ids(ids), by) if ids else None
    released, _ = Tombstone.objects.filter(source=source, source_ref__in=refs).delete()
    # Very many come back after the request.
    restored = (operation.total_count or operation.changed_count) if operation else 0
    return Restored(restored, released, operation)


def end_held_imports() -> int:
    """Cancel what was stopped on the command line and forgotten, in the organization in scope.

    Its files would be kept for ever; so they age from this end on.
    """
    days = settings.IMPORT_FILE_DAYS
    message = (
        f"It was stopped on the command line and nobody went on with it for {days} days. "
        f"What was read is kept, and for {days} days more its files: import it after all "
        "to read the rest."
    )
    since = Coalesce("progress_at", "created_at")
    forgotten = SyncRun.objects.held().annotate(since=since)
    forgotten = forgotten.filter(since__lt=timezone.now() - timedelta(days=days))
    return sum(end_held_run(run, message=message) for run in forgotten)


def forget_old_files() -> list[str]:
    """Note of some files of imports that ended long enough ago that they are deleted.

    In the organization in scope; what lies in a drop folder stays there.

    Returns:
        Where their bytes lie, for the caller to delete after the commit.
    """
    before = timezone.now() - timedelta(days=settings.IMPORT_FILE_DAYS)
    busy = SyncRun.objects.filter(Q(state__in=OPEN_STATES) | Q(finished_at__gt=before))
    old = ImportFile.objects.filter(received_at__lt=before, drop_version="")
    old = old.exclude(storage_key="").exclude(job__in=busy.values("job"))
    chosen = dict(old.order_by("pk").values_list("pk", "storage_key")[:FILES_AT_ONCE])
    ImportFile.objects.filter(pk__in=chosen).update(storage_key="", deleted_at=timezone.now())
    return list(chosen.values())


def _with_files(job: Job) -> Job:
    """Lock the job and return it as one that runs can be made of."""
    job = _locked(job)
    if not ImportFile.objects.filter(job=job).exclude(storage_key="").exists():
        message = "The files of this import were deleted. Bring them again to import them."
        raise NotReadyError(message)
    if job.state == JobState.ARCHIVED:
        Job.objects.filter(pk=job.pk).update(state=JobState.ACTIVE, archived_at=None)
        job.refresh_from_db()
    return job


def _locked(job: Job) -> Job:
    """Lock the job behind its open runs: in the order of a worker, which begins with its run."""
    list(SyncRun.objects.select_for_update().open().filter(job=job).in_lock_order())
    return Job.objects.select_for_update(no_key=True).get(pk=job.pk)


def _open_run(job: Job, *, is_dry_run: bool) -> SyncRun | None:
    """Return the open run over the whole of the files."""
    whole = SyncRun.objects.open().filter(mode__in=WHOLE_MODES)
    return whole.filter(job=job, is_dry_run=is_dry_run).first()


def _cancel_open_runs(job: Job, *, by: User | None, **only: bool) -> int:
    open_runs = SyncRun.objects.open().filter(job=job, **only)
    return sum(request_cancel(run, by=by) for run in open_runs)
