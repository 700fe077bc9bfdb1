"""How the chores of the upkeep are cut, so that none of them holds a run's row for long.

Who cancels or pauses waits for that row, and so does the sweep of lost runs. So rows go in short
transactions, and storage, which may be slow or far away, is asked outside of any.
"""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone

from ingestion.errors import StepSkippedError
from ingestion.imports.files import delete_keys, delete_stray_bytes
from ingestion.imports.services import forget_old_files
from ingestion.models import SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from media.upkeep import delete_strays, delete_unused, forget_unused, shards_of_night


class Batches:
    """Rows that are changed batch by batch, until a batch finds none."""

    def __init__(self, work: Callable[[], int]) -> None:
        """Cut the work of ``work``: one batch a call, of a second at the most."""
        self._work = work
        self.is_done = False

    def take(self, run: SyncRun) -> Any | None:
        """Return anything while there may be more."""
        return None if self.is_done else run

    def do(self, share: Any, *, may_go_on: Callable[[], bool]) -> Any:
        """Leave it to the write."""
        return share

    def write(self, found: Any) -> int:
        """Do a batch."""
        changed = self._work()
        self.is_done = not changed
        return changed


class Deletions:
    """Shares that delete files, and have nothing left to write but their number."""

    is_done = False

    def do(self, share: Callable[[], int], *, may_go_on: Callable[[], bool]) -> int:
        """Delete the files of one share."""
        return share()

    def write(self, found: int) -> int:
        """Return how many they were."""
        return found


class OldFiles(Deletions):
    """The bytes of imports that ended long ago; those that a kill leaves are strays."""

    def take(self, run: SyncRun) -> Callable[[], int] | None:
        """Note of some files that they are deleted."""
        keys = forget_old_files()
        return partial(delete_keys, keys) if keys else None


class StrayFiles(Deletions):
    """Uploads without a row, looked for once in a night."""

    def take(self, run: SyncRun) -> Callable[[], int] | None:
        """Return the one share."""
        if self.is_done:
            return None
        self.is_done = True
        return partial(delete_stray_bytes, run.org_id)


class OrphanBlobs(Deletions):
    """Bytes that nothing uses: those that have rows, and then those without, folder by folder.

    The pictures that came with the records of an import are stored before the rows that name
    them, and may be bytes that the sweep would take for forgotten: so none goes beside one.
    """

    def __init__(self) -> None:
        self._shards: list[str] | None = None

    @property
    def is_done(self) -> bool:  # type: ignore[override]  # told by what is left
        """Return True among the folders: those that a slice leaves are for another night."""
        return self._shards is not None

    def take(self, run: SyncRun) -> Callable[[], int] | None:
        """Forget some rows; where none is left, return the next folder.

        Raises:
            StepSkippedError: an import is at work.
        """
        _check_no_import()
        if self._shards is None:
            keys = forget_unused()
            if keys:
                return partial(delete_unused, run.org_id, keys)
            self._shards = shards_of_night(timezone.now())
        return _sweep(run.org_id, self._shards.pop(0)) if self._shards else None


def _sweep(org_id: uuid.UUID, shard: str) -> Callable[[], int]:
    return partial(delete_strays, org_id, shard)


def _check_no_import() -> None:
    writing = SyncRun.objects.filter(kind=JobKind.IMPORT, state=RunState.RUNNING, is_dry_run=False)
    if writing.exists():
        raise StepSkippedError(
            "An import is at work, and may need them; the next night looks again."
        )
