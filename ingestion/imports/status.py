"""Where an import stands, in words for people."""

import dataclasses
import enum
from collections.abc import Sequence
from datetime import datetime

from ingestion.models import ImportFile, Job, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState

_FAILED_STATES = (RunState.FAILED, RunState.ACTION_REQUIRED, RunState.DEAD)
_ENDED_WELL = (RunState.SUCCEEDED, RunState.WARNINGS)


class ImportPhase(enum.StrEnum):
    """What an import is at, or where it ended."""

    CHECKING = "checking"
    READY = "ready"
    UNREADABLE = "unreadable"
    IMPORTING = "importing"
    HELD = "held"
    IMPORTED = "imported"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """One import as pages and API show it.

    Attributes:
        job: what was brought, when and by whom.
        files: in the order in which they came.
        preflight: the latest dry run.
        run: the latest run that wrote, and that is at work or took all of the files.
    """

    job: Job
    files: Sequence[ImportFile]
    preflight: SyncRun | None
    run: SyncRun | None

    @property
    def phase(self) -> ImportPhase:
        """Return what the import is at."""
        if self.run is not None:
            return _phase_of_run(self.run)
        if self.preflight is not None and self.preflight.is_open:
            return ImportPhase.HELD if self.preflight.is_held else ImportPhase.CHECKING
        if self.job.state == JobState.ARCHIVED:
            return ImportPhase.DISCARDED
        if self.preflight is None or self.preflight.state in _ENDED_WELL:
            return ImportPhase.READY
        if self.preflight.state == RunState.CANCELLED:
            return ImportPhase.CANCELLED
        return ImportPhase.UNREADABLE

    @property
    def current(self) -> SyncRun | None:
        """Return the run whose figures count: of the import, else of its pre-flight."""
        return self.run or self.preflight

    @property
    def word(self) -> str:
        """Return the state in a word or two."""
        current = self.current
        if current is not None and current.is_open and not current.is_held:
            if current.cancel_requested_at is not None:
                return "Stopping"
            if current.state == RunState.RETRY_WAIT:
                return "Waiting to try again"
            if current.state == RunState.QUEUED and not current.raw_count:
                return "Waiting its turn"
        if current is not None and current.state == RunState.WARNINGS and self.run is not None:
            return "Imported, some failed"
        return _WORDS[self.phase]

    @property
    def badge(self) -> str:
        """Return which badge goes with the word."""
        current = self.current
        if current is not None and current.is_open and not current.is_held:
            waits = current.state in (RunState.QUEUED, RunState.RETRY_WAIT)
            return "waiting" if waits and not current.raw_count else "running"
        if current is not None and current.state == RunState.WARNINGS and self.run is not None:
            return "warning"
        return _BADGES[self.phase]

    @property
    def is_at_work(self) -> bool:
        """Return whether a run of it may still change."""
        return self.current is not None and self.current.is_open

    @property
    def is_held(self) -> bool:
        """Return whether it was stopped on the command line, and waits to be gone on with."""
        return self.current is not None and self.current.is_held

    @property
    def can_start(self) -> bool:
        """Return whether there are files to import and none of them is being imported."""
        return self.has_bytes and not (self.run is not None and self.run.is_open)

    @property
    def can_discard(self) -> bool:
        """Return whether nothing was written yet and the files are there."""
        return self.run is None and self.phase != ImportPhase.DISCARDED

    @property
    def has_bytes(self) -> bool:
        """Return whether the files are still held."""
        return any(file.storage_key for file in self.files)

    @property
    def size_bytes(self) -> int:
        """Return the size of all files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def title(self) -> str:
        """Return the name of the first file, and how many came with it."""
        if not self.files:
            return "Import"
        more = len(self.files) - 1
        return self.files[0].name + (f" and {more} more" if more else "")

    @property
    def kind_label(self) -> str:
        """Return what kind of export it is; empty while nobody has looked."""
        return str(self.job.params.get("reader_label", ""))

    @property
    def source(self) -> str:
        """Return the source that it comes from; empty while nobody has looked."""
        return self.job.connection.source if self.job.connection else ""

    @property
    def importable_count(self) -> int:
        """Return how many records the pre-flight found that would change the library."""
        if self.preflight is None:
            return 0
        return self.preflight.new_count + self.preflight.updated_count

    @property
    def retry_at(self) -> datetime | None:
        """Return when the current run tries again, where it waits for that."""
        current = self.current
        waits = current is not None and current.state == RunState.RETRY_WAIT
        return current.run_after if current is not None and waits else None


def _phase_of_run(run: SyncRun) -> ImportPhase:
    if run.is_open:
        return ImportPhase.HELD if run.is_held else ImportPhase.IMPORTING
    if run.state == RunState.CANCELLED:
        return ImportPhase.CANCELLED
    return ImportPhase.FAILED if run.state in _FAILED_STATES else ImportPhase.IMPORTED


_WORDS = {
    ImportPhase.CHECKING: "Being checked",
    ImportPhase.READY: "Ready to import",
    ImportPhase.UNREADABLE: "Cannot be read",
    ImportPhase.IMPORTING: "Importing",
    ImportPhase.HELD: "Stopped",
    ImportPhase.IMPORTED: "Imported",
    ImportPhase.FAILED: "Failed",
    ImportPhase.CANCELLED: "Cancelled",
    ImportPhase.DISCARDED: "Discarded",
}
_BADGES = {
    ImportPhase.CHECKING: "running",
    ImportPhase.READY: "accent",
    ImportPhase.UNREADABLE: "danger",
    ImportPhase.IMPORTING: "running",
    ImportPhase.HELD: "warning",
    ImportPhase.IMPORTED: "success",
    ImportPhase.FAILED: "danger",
    ImportPhase.CANCELLED: "plain",
    ImportPhase.DISCARDED: "plain",
}
