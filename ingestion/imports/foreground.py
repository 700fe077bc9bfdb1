"""An import that runs in the foreground, for the command line and the demo."""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import connections

from connectors.readers import open_import
from ingestion.driver import start_run
from ingestion.engine import claims
from ingestion.engine.drain import run_slice
from ingestion.engine.runs import hold_run
from ingestion.imports.files import file_sha256
from ingestion.imports.resume import adopt, find_unfinished
from ingestion.models import SyncRun
from ingestion.models.run import Lane
from tenants.models import Organization
from tenants.scope import org_scope

Progress = Callable[[SyncRun], None]

PROGRESS_EVERY_S = 0.5
RECLAIM_AFTER_S = 1.0


def prepare(org: Organization, paths: Sequence[Path], *, is_dry_run: bool = False) -> SyncRun:
    """Return a queued run over ``paths``: of the import that was broken off, or a new one.

    Raises:
        FileRefusedError: the files are none that a reader knows, or one is too large.
    """
    with ExitStack() as stack:
        handles: list[BinaryIO] = [stack.enter_context(path.open("rb")) for path in paths]
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
            held = claims.claim(run_id=run.pk)
            if held is not None:
                run_slice(held, seconds=math.inf, should_stop=stop.is_set)
            if stop.is_set():
                hold(run)
            run = reload(run)
            if not run.is_open or stop.is_set():
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
                on_progress(reload(run))
        finally:
            connections.close_all()

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
