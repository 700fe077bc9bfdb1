"""The import job: reads the files of one import page by page into the library."""

from collections.abc import Iterator
from typing import ClassVar

from django.db import IntegrityError, transaction

from connectors.items import Page, Source
from connectors.models import Connection
from connectors.readers import ImportReader, open_import
from ingestion.driver import fetch_delta, open_checkpoint, start_run, write_page
from ingestion.engine.claims import Claim, fence
from ingestion.engine.events import record_event
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.freshness.datasets import SAVED_ITEMS
from ingestion.imports.files import opened
from ingestion.imports.held import keep_pictures
from ingestion.models import AssetOrigin, ImportFile, Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import Lane
from ingestion.stages.queueing import start_stage_run
from media.models.stage import Stage
from tenants.scope import org_scope

PAGE_SIZE = 1_000
# In ``Job.params``: the import begins by itself once the pre-flight has read the files.
STARTS_ITSELF = "starts_itself"


class ImportKind(Kind):
    """Reads an export; a dry run reads all of it too and writes nothing but itself."""

    name: ClassVar[str] = JobKind.IMPORT
    label: ClassVar[str] = "Import"
    datasets: ClassVar[tuple[str, ...]] = (SAVED_ITEMS,)
    can_rehearse: ClassVar[bool] = True

    def work(self, turn: Slice) -> None:
        """Read pages from the checkpoint on, each in a transaction of its own."""
        held = turn.held
        with org_scope(held.org_id):
            run = fence(held)
            files = list(ImportFile.objects.filter(job_id=run.job_id).order_by("position"))
        with opened(files) as streams:
            reader = open_import(streams)
            if run.connection_id is None and not _join_connection(held, reader):
                return
            if _read_pages(turn, reader, run):
                _finish(held)


def identify(job: Job, reader: ImportReader) -> Connection:
    """Tie the job to the default connection of the source that its files come from."""
    connection, _ = Connection.objects.get_or_create(
        org_id=job.org_id,
        source=reader.source.value,
        is_default=True,
        defaults={"name": f"{Source(reader.source).value.title()} export"},
    )
    params = {
        **job.params,
        "reader": reader.kind,
        "reader_label": reader.kind_label,
        "skipped_members": [
            [member.name, member.reason] for member in reader.skipped_members[:200]
        ],
    }
    Job.objects.filter(pk=job.pk).update(connection=connection, params=params)
    return connection


def stream_of(run: SyncRun) -> str:
    """Return the checkpoint's stream: of the import, or of this one dry run."""
    return f"preflight:{run.pk}" if run.is_dry_run else f"import:{run.job_id}"


def _join_connection(held: Claim, reader: ImportReader) -> bool:
    """Become the connection's one writer; wait in line where there is another."""
    with org_scope(held.org_id):
        run = fence(held)
        connection = identify(run.job, reader)
        try:
            with transaction.atomic():
                SyncRun.objects.filter(pk=run.pk).update(connection_id=connection.pk)
        except IntegrityError:
            # In line under its connection, it is not claimed before the writer is done.
            yield_run(held)
            SyncRun.objects.filter(pk=run.pk).update(connection_id=connection.pk)
            return False
        record_event(held.org_id, held.run_id, "identified", kind=reader.kind)
    return True


def _read_pages(turn: Slice, reader: ImportReader, run: SyncRun) -> bool:
    """Write pages until the source ends (True) or the slice does (False)."""
    with org_scope(turn.held.org_id):
        run = SyncRun.objects.get(pk=run.pk)
        mark = open_checkpoint(run, stream=stream_of(run))
    if mark.is_complete and run.raw_count:
        return True
    # Each run accounts for the whole file, so only the one that began it goes on behind a page.
    cursor = mark.cursor if run.raw_count else None

    def pages() -> Iterator[Page]:
        return reader.pages(cursor, page_size=PAGE_SIZE)

    with fetch_delta(pages) as arriving:
        for page in arriving:
            if not run.is_dry_run:
                keep_pictures(run.org_id, page)
            mark = write_page(turn.held, page, mark, via=AssetOrigin.Via.EXPORT)
            if turn.is_over and not page.is_last:
                _yield(turn.held)
                return False
    return True


def _yield(held: Claim) -> None:
    with org_scope(held.org_id):
        yield_run(held)


def _finish(held: Claim) -> None:
    with org_scope(held.org_id):
        run = fence(held)
        finish_run(held, with_warnings=run.failed_count > 0)
        if not run.is_dry_run:
            start_stage_run(run.org_id, Stage.FETCH)
        elif run.job.params.get(STARTS_ITSELF) and not _was_started(run.job):
            start_run(run.job, lane=Lane(run.lane), created_by=run.created_by)


def _was_started(job: Job) -> bool:
    """Return whether the import has begun before: a check that comes later starts no other."""
    return SyncRun.objects.filter(job=job, is_dry_run=False).exists()
