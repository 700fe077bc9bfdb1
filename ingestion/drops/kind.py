"""Reads a drop folder: every new file in it becomes an import of its own, exactly once.

A file is not copied: its import reads it where it lies, and knows its bytes by their version. A
copy of gigabytes would outlive a slice, and could not go on where the slice ended; without one, a
look opens each file for a moment, and the import ends its slices as it does with any file. So
people leave a file where it is until it was imported; one that they change or take away before
then fails its import, which says so.

Known files are the checkpoint of the connection's stream ``drop``. It moves on in the
transaction that makes the import, so that a worker may be lost at any moment.
"""

import datetime as dt
import errno
import logging
from typing import BinaryIO, ClassVar

from django import forms
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from connectors.errors import FileRefusedError, UnsupportedFileError
from connectors.readers import open_import
from ingestion.checkpoints import remember
from ingestion.driver import open_checkpoint
from ingestion.drops.errors import DropFolderError, FileChangedError
from ingestion.drops.files import DroppedFile
from ingestion.drops.known import Known
from ingestion.drops.paths import clean_folder
from ingestion.drops.space import check_unchanged, list_files, open_dropped
from ingestion.engine.claims import fence, lease_end
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.runs import finish_run, start_run, yield_run
from ingestion.freshness.datasets import DROP_FOLDER
from ingestion.imports.files import StoredFile, check_size, clean_name
from ingestion.imports.services import queue_import
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import PARTIAL_MODES, Lane, RunMode, Trigger
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

STREAM = "drop"
# After this a file that was still on its way is likely to have arrived.
LOOK_AGAIN_AFTER = dt.timedelta(seconds=90)
# Troubles of one file; any other may be one of the whole storage.
_OF_ONE_FILE = (errno.EACCES, errno.EPERM, errno.EIO, errno.ELOOP, errno.ENAMETOOLONG)
UNREADABLE = (
    "Our server may not read it, or its disk could not. Give our server the right to read it; we "
    "try it again with every look."
)


class DropParams(forms.Form):
    """Which folder."""

    folder = forms.CharField(required=False, max_length=250, label="Folder")

    def clean_folder(self) -> str:
        """Return the folder as it is stored."""
        try:
            return clean_folder(self.cleaned_data["folder"])
        except DropFolderError as error:
            raise forms.ValidationError(error.message) from error


class DropKind(Kind):
    """Looks through the folder of a connection and imports what is new."""

    name: ClassVar[str] = JobKind.DROP
    label: ClassVar[str] = "Read the drop folder"
    datasets: ClassVar[tuple[str, ...]] = (DROP_FOLDER,)
    params_form: ClassVar[type[forms.Form]] = DropParams
    can_backfill: ClassVar[bool] = True
    can_rewind: ClassVar[bool] = True
    can_rehearse: ClassVar[bool] = True
    can_retry_items: ClassVar[bool] = True

    def work(self, turn: Slice) -> None:
        """Look at the folder, and import file by file what nobody has imported.

        Raises:
            OSError: the storage failed with some file; those behind it had their turn.
        """
        with org_scope(turn.held.org_id):
            run = fence(turn.held)
            folder = run.job.params.get("folder", "")
        files = list_files(turn.held.org_id, folder)
        look = _Look(turn, files)
        while (file := look.next_file()) is not None:
            look.take(file)
            if turn.is_over and look.next_file() is not None:
                look.check()
                with org_scope(turn.held.org_id):
                    yield_run(turn.held)
                return
        look.check()
        look.finish()


class _Look:
    """One look through a folder, as far as a slice goes."""

    def __init__(self, turn: Slice, files: list[DroppedFile]) -> None:
        self._held = turn.held
        with org_scope(self._held.org_id):
            run = fence(self._held)
            self._run = SyncRun.objects.select_related("job__created_by").get(pk=run.pk)
            self._connection = run.job.connection
            self._mark = open_checkpoint(run, stream=STREAM)
            handled = RunItem.objects.filter(run=run).values_list("source_ref", flat=True)
            self._handled = set(handled)
            failed = RunItem.objects.filter(run_id=run.of_run_id, outcome=ItemOutcome.FAILED)
            self._asked_for = set(failed.values_list("source_ref", flat=True))
        self._known = Known.from_cursor(self._mark.cursor)
        self._known.meet(file.mark for file in files)
        self._files = [file for file in files if self._is_asked_for(file)]
        # New ones that nobody can say yet to be complete.
        self._moving = {
            file.path
            for file in self._files
            if not file.is_settled and file.mark not in self._known
        }
        self._left = [file for file in self._files if self._is_wanted(file)]
        self._trouble: OSError | None = None
        with org_scope(self._held.org_id):
            SyncRun.objects.filter(pk=run.pk).update(expected_count=len(self._files), phase="read")

    def next_file(self) -> DroppedFile | None:
        """Return the file whose turn it is."""
        return self._left[0] if self._left else None

    def take(self, file: DroppedFile) -> None:
        """Import one file, or note why it cannot be; one that is on its way comes again."""
        self._left.pop(0)
        try:
            self._import(file)
        except FileChangedError:
            self._moving.add(file.path)
        except FileRefusedError as error:
            with org_scope(self._held.org_id):
                self._note(file, ItemOutcome.FAILED, error.code, error.message)
        except OSError as error:
            if error.errno not in _OF_ONE_FILE and not isinstance(error, PermissionError):
                self._trouble = error
                return
            logger.warning("A dropped file of run %s cannot be read: %s", self._held.run_id, error)
            with org_scope(self._held.org_id):
                # Once it can be read nothing about it may have changed: so it is not known.
                self._note(file, ItemOutcome.FAILED, "upload_unreadable", UNREADABLE, knows=False)

    def check(self) -> None:
        """Raise the trouble that the storage had with some file, before the slice ends well."""
        if self._trouble is not None:
            raise self._trouble

    def finish(self) -> None:
        """Account for the files that there was nothing to do about, and end the run."""
        with org_scope(self._held.org_id):
            run = fence(self._held)
            # One that was handled in a slice before and changed since counts once: as handled.
            moving = len(self._moving - self._handled)
            handled = sum(file.path in self._handled for file in self._files)
            refused = self._still_refused()
            self._carry(run, refused)
            unchanged = len(self._files) - handled - moving - len(refused)
            SyncRun.objects.filter(pk=run.pk).update(
                raw_count=F("raw_count") + unchanged + moving,
                unchanged_count=F("unchanged_count") + unchanged,
                skipped_count=F("skipped_count") + moving,
            )
            if not run.is_dry_run:
                remember(run, stream=STREAM)
                if self._moving and run.trigger != Trigger.WORK and run.mode not in PARTIAL_MODES:
                    # Once: a file that is written to without end waits for the next slot.
                    start_run(run.job, run_after=timezone.now() + LOOK_AGAIN_AFTER)
            # Last, as in every kind: what it tells takes locks of its own.
            finish_run(self._held, with_warnings=run.failed_count + len(refused) > 0)

    def _still_refused(self) -> list[DroppedFile]:
        """Return the files that an earlier look refused; one over some files asks for no others."""
        if self._run.mode in PARTIAL_MODES:
            return []
        passed = self._handled | self._moving
        return [
            file
            for file in self._files
            if file.mark in self._known.refused and file.path not in passed
        ]

    def _carry(self, run: SyncRun, files: list[DroppedFile]) -> None:
        """Count files as refused still, with what was said of each, until they change or go."""
        if not files:
            return
        said = RunItem.objects.filter(
            run__job=run.job_id,
            outcome=ItemOutcome.FAILED,
            source_ref__in=[file.path for file in files],
        )
        last = said.order_by("source_ref", "-run_id").distinct("source_ref")
        why = {item.source_ref: (item.reason, item.detail) for item in last}
        RunItem.objects.bulk_create(
            RunItem(
                org_id=run.org_id,
                run=run,
                ordinal=place,
                outcome=ItemOutcome.FAILED,
                reason=why.get(file.path, ("", ""))[0],
                source_ref=file.path,
                detail=why.get(file.path, ("", ""))[1],
            )
            for place, file in enumerate(files, start=run.raw_count)
        )
        SyncRun.objects.filter(pk=run.pk).update(
            raw_count=F("raw_count") + len(files), failed_count=F("failed_count") + len(files)
        )

    def _is_asked_for(self, file: DroppedFile) -> bool:
        """Return whether the run is about this file, whatever there is to do about it."""
        run = self._run
        if run.mode not in PARTIAL_MODES or file.path in self._handled:
            return True
        if run.mode == RunMode.FAILED:
            return file.path in self._asked_for or (
                run.of_run_id is None and file.mark in self._known.refused
            )
        start, end = run.window_from, run.window_to
        return (start is None or file.modified_at >= start) and (
            end is None or file.modified_at < end
        )

    def _is_wanted(self, file: DroppedFile) -> bool:
        if file.path in self._handled or file.path in self._moving:
            return False
        goes_over_all = self._run.mode in (*PARTIAL_MODES, RunMode.ALL)
        return goes_over_all or file.mark not in self._known

    def _import(self, file: DroppedFile) -> None:
        held = self._held
        if not file.is_readable:
            raise PermissionError(file.path)
        if not file.is_regular:
            message = "It is a link. Put the file itself here."
            raise FileRefusedError(message)
        name = clean_name(file.path)
        check_size(name, file.size_bytes, limit_bytes=settings.IMPORT_MAX_BYTES)
        with open_dropped(held.org_id, file.path, file.version, file.size_bytes) as handle:
            self._check_source(handle)
        check_unchanged(held.org_id, file)
        key = f"{held.org_id}/{file.path}"
        dropped = StoredFile(name, file.size_bytes, "", key, drop_version=file.version)
        with org_scope(held.org_id):
            if not self._run.is_dry_run:
                self._queue(dropped)
            self._note(file, ItemOutcome.NEW)

    def _queue(self, file: StoredFile) -> None:
        """Make the import, in the transaction that makes the file a known one."""
        fence(self._held)
        queue_import(
            self._held.org_id,
            [file],
            by=self._run.job.created_by,
            lane=Lane.BULK,
            connection=self._connection,
        )

    def _check_source(self, handle: BinaryIO) -> None:
        """Refuse what no reader knows, and what belongs to another source than the folder."""
        reader = open_import([handle])
        assert self._connection is not None  # noqa: S101  # its job cannot be made without
        if reader.source != self._connection.source:
            message = (
                f"This is a {reader.kind_label}, but the folder belongs to "
                f"“{self._connection.name}”. Watch a folder of its own for it."
            )
            raise UnsupportedFileError(message)

    def _note(
        self,
        file: DroppedFile,
        outcome: ItemOutcome,
        reason: str = "",
        detail: str = "",
        *,
        knows: bool = True,
    ) -> None:
        """Write what became of a file, and know it from then on."""
        run = fence(self._held)
        RunItem.objects.create(
            org_id=run.org_id,
            run=run,
            ordinal=run.raw_count,
            outcome=outcome,
            reason=reason,
            source_ref=file.path,
            detail=detail,
        )
        SyncRun.objects.filter(pk=run.pk).update(
            **{
                "raw_count": F("raw_count") + 1,
                f"{outcome.value}_count": F(f"{outcome.value}_count") + 1,
            },
            bytes_read=F("bytes_read") + file.size_bytes,
            progress_at=timezone.now(),
            lost_streak=0,
            lease_expires_at=lease_end(),
        )
        self._handled.add(file.path)
        if knows and not run.is_dry_run:
            self._known.add(file.mark, is_refused=outcome == ItemOutcome.FAILED)
            self._known.save(self._mark)
