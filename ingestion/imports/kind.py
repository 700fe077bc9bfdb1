"""The import job: reads the files of one import page by page into the library."""

import uuid
from collections.abc import Iterator
from typing import ClassVar

from django.db import IntegrityError, transaction

from connectors.items import Page, Source
from connectors.models import Connection
from connectors.readers import ImportReader, open_import
from ingestion.codes import Origin
from ingestion.driver import start_run
from ingestion.engine.claims import Claim, fence
from ingestion.engine.events import record_event
from ingestion.engine.kinds import Slice
from ingestion.engine.runs import yield_run
from ingestion.freshness.datasets import SAVED_ITEMS
from ingestion.imports.files import opened
from ingestion.imports.held import keep_pictures
from ingestion.imports.narrowing import narrowed
from ingestion.models import AssetOrigin, ImportFile, Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import Lane
from ingestion.sources import Cursor, SourceKind
from tenants.errors import NotReadyError
from tenants.scope import org_scope

PAGE_SIZE = 1_000
# In ``Job.params``: the import begins by itself once the pre-flight has read the files.
STARTS_ITSELF = "starts_itself"
# Likewise: what its files are.
READER = "reader"


class ImportKind(SourceKind):
    """Reads an export; a dry run reads all of it too and writes nothing but itself."""

    name: ClassVar[str] = JobKind.IMPORT
    label: ClassVar[str] = "Import"
    datasets: ClassVar[tuple[str, ...]] = (SAVED_ITEMS,)
    via: ClassVar[AssetOrigin.Via] = AssetOrigin.Via.EXPORT
    # Each run accounts for the whole file.
    reads_all: ClassVar[bool] = True
    origin: ClassVar[Origin | None] = None

    can_backfill: ClassVar[bool] = True
    can_retry_items: ClassVar[bool] = True

    def check(self, job: Job) -> None:
        """Look whether the files are still there."""
        if not ImportFile.objects.filter(job=job).exclude(storage_key="").exists():
            message = "The files of this import were deleted. Bring them again to import them."
            raise NotReadyError(message)

    def stream(self, run: SyncRun) -> str:
        """Return the checkpoint's stream: of the import, or of this run that is not whole."""
        own = super().stream(run)
        return f"import:{run.job_id}" if own == self.name else own

    def narrow(self, run: SyncRun, page: Page) -> Page:
        """Take only what failed before, or what was saved in a window of time, where asked to."""
        return narrowed(run, page)

    def keep(self, run: SyncRun, page: Page) -> None:
        """Store the pictures that the export holds itself."""
        keep_pictures(run.org_id, page)

    def finished(self, run: SyncRun) -> None:
        """Fetch what was imported; after a pre-flight, begin the import where it begins itself."""
        super().finished(run)
        if run.is_dry_run and run.job.params.get(STARTS_ITSELF) and not _was_started(run.job):
            start_run(run.job, lane=Lane(run.lane), created_by=run.created_by)

    def work(self, turn: Slice) -> None:
        """Open the files, and read them as the connection that they belong to."""
        held = turn.held
        with org_scope(held.org_id):
            run = fence(held)
            files = list(ImportFile.objects.filter(job_id=run.job_id).order_by("position"))
        with opened(files) as streams:
            reader = open_import(streams)
            if _introduce(held, reader):
                _OpenImport(reader).read(turn)


class _OpenImport(ImportKind):
    """The kind while it holds its files."""

    def __init__(self, reader: ImportReader) -> None:
        self._reader = reader

    def fetch_delta(self, run: SyncRun, cursor: Cursor | None) -> Iterator[Page]:
        """Read the files on."""
        return self._reader.pages(cursor, page_size=PAGE_SIZE)


def identify(job: Job, reader: ImportReader) -> Connection:
    """Tie the job to the default connection of the source that its files come from."""
    connection = default_connection(job.org_id, reader.source)
    Job.objects.filter(pk=job.pk).update(connection=connection)
    describe(job, reader)
    return connection


def default_connection(org_id: uuid.UUID, source: Source) -> Connection:
    """Return the connection of files of ``source`` that name no other; made where there is none."""
    connection, _ = Connection.objects.get_or_create(
        org_id=org_id,
        source=source.value,
        is_default=True,
        defaults={"name": f"{source.value.title()} export"},
    )
    return connection


def describe(job: Job, reader: ImportReader) -> None:
    """Note with the job what its files are."""
    params = {
        **job.params,
        READER: reader.kind,
        "reader_label": reader.kind_label,
        "skipped_members": [
            [member.name, member.reason] for member in reader.skipped_members[:200]
        ],
    }
    Job.objects.filter(pk=job.pk).update(params=params)


def _introduce(held: Claim, reader: ImportReader) -> bool:
    """Note what the files are, and whose; return False where another writer goes first."""
    with org_scope(held.org_id):
        run = fence(held)
        if run.connection_id is not None:
            if READER not in run.job.params:
                describe(run.job, reader)
            return True
        return _join_connection(held, run, reader)


def _join_connection(held: Claim, run: SyncRun, reader: ImportReader) -> bool:
    """Become the connection's one writer; wait in line where there is another."""
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


def _was_started(job: Job) -> bool:
    """Return whether the import has begun before: a check that comes later starts no other."""
    return SyncRun.objects.filter(job=job, is_dry_run=False).exists()
