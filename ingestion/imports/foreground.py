"""An import that runs in the foreground, for the command line and the demo."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.db import DatabaseError, InterfaceError, connections

from connectors.readers import open_import
from ingestion.driver import start_run
from ingestion.engine import claims
from ingestion.engine.drain import run_slice
from ingestion.engine.runs import hold_run
from ingestion.errors import ImportStoppedError
from ingestion.imports.files import file_sha256
from ingestion.imports.resume import adopt, find_unfinished
from ingestion.models import SyncRun
from ingestion.models.run import Lane, RunState
from tenants.models import Organization
from tenants.scope import org_scope

Progress = Callable[[SyncRun], None]

PROGRESS_EVERY_S = 0.5
RECLAIM_AFTER_S = 1.0


def prepare(
    org: Organization,
    paths: Sequence[Path],
    *,
    is_dry_run: bool = False,
    stop: threading.Event | None = None,
) -> SyncRun:
    """Return a queued run over ``paths``: of the import that was broken off, or a new one.

    Args:
        stop: ends it while the files are looked at, hashed and stored.

    Raises:
        FileRefusedError: the files are none that a reader knows, or one is too large.
        ImportStoppedError: ``stop`` was set; nothing was kept.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(path.open("rb")) for path in paths]
        handles = [_until(stop, handle) for handle in opened] if stop else opened
        reader = open_import(handles)
        sha256s = [file_sha256(handle) for handle in handles]
        with org_scope(org.pk):
            job = find_unfinished(org, sha256s)
            if job is not None:
                return start_run(job, lane=Lane.INTERACTIVE, is_dry_run=is_dry_run)
        named = [(path.name, handle) for path, handle in zip(paths, handles, strict=True)]
        return adopt(org, named, reader, is_dry_run=is_dry_run)


def work(run: SyncRun, *, on_progress: Progress | None = None, stop: threading.Event) -> SyncRun:
    """Work ``run`` until it ends, or until ``stop`` is set, at the next page boundary.

    A worker that has claimed it first is watched instead, and goes on after a stop. A run
    that ``stop`` ended is held: no worker takes it up before it is asked for again.
    """
    with _reporting(run, on_progress):
        while True:
            held = None if stop.is_set() else claims.claim(run_id=run.pk)
            if held is not None:
                run_slice(held, seconds=math.inf, should_stop=stop.is_set)
            if stop.is_set():
                hold(run)
            run = reload(run)
            if not run.is_open or stop.is_set():
                _wake_others()
                return run
            # The one who held it may have been killed, and no worker may be there to notice.
            claims.sweep()
            stop.wait(RECLAIM_AFTER_S)


def hold(run: SyncRun) -> None:
    """Keep ``run`` from the workers where it waits."""
    with org_scope(run.org_id):
        hold_run(run)


def reload(run: SyncRun) -> SyncRun:
    """Return ``run`` as it is by now."""
    with org_scope(run.org_id):
        return SyncRun.objects.select_related("job").get(pk=run.pk)


def holder_of(run: SyncRun) -> SyncRun | None:
    """Return the run of the same import that is being worked, which ``run`` waits for."""
    with org_scope(run.org_id):
        others = SyncRun.objects.filter(job=run.job_id, state=RunState.RUNNING)
        return others.exclude(pk=run.pk).first()


class _UntilStopped:
    """A file that can be read until ``stop`` is set: gigabytes end between two chunks.

    Better than a KeyboardInterrupt, which may strike anywhere, also between the commit of
    the rows and the end of the block that guards their bytes.
    """

    def __init__(self, handle: BinaryIO, stop: threading.Event) -> None:
        self._handle = handle
        self._stop = stop

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        self._check()
        return self._handle.read(size)

    def readinto(self, buffer: bytearray | memoryview) -> int | None:
        """Read into ``buffer``; return how many bytes."""
        self._check()
        found: int | None = self._handle.readinto(buffer)  # type: ignore[attr-defined]  # a file
        return found

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._handle, attribute)

    def _check(self) -> None:
        if self._stop.is_set():
            message = "Stopped before the import began; nothing was kept."
            raise ImportStoppedError(message)


def _until(stop: threading.Event, handle: BinaryIO) -> BinaryIO:
    return _UntilStopped(handle, stop)  # type: ignore[return-value]  # all of one but its class


def _wake_others() -> None:
    """Poke the workers: what waited for this run's connection has its turn."""
    claims.wake()


@contextmanager
def _reporting(run: SyncRun, on_progress: Progress | None) -> Iterator[None]:
    """Tell ``on_progress`` how far the run is, from a thread with its own connection."""
    if on_progress is None:
        yield
        return
    done = threading.Event()

    def watch() -> None:
        try:
            while not done.wait(PROGRESS_EVERY_S):
                try:
                    on_progress(reload(run))
                except (DatabaseError, InterfaceError):
                    # The database may come back; the work waits for it too.
                    connections.close_all()
        finally:
            connections.close_all()

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
