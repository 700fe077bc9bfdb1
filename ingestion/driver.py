"""The four steps of a sync: start_run, fetch_delta, upsert, checkpoint.

Reading goes on in a thread while the database works on the page before; writing a page is
one transaction of the fence, the records, the ledger, the counters and the checkpoint, so a
crash loses at most the page in hand and repeats nothing.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from connectors.items import Page
from ingestion.checkpoints import advance
from ingestion.engine.claims import Claim, fence, lease_end
from ingestion.engine.runs import start_run
from ingestion.imports.ledger import Tally
from ingestion.imports.merge import judge_only, lock_merges_while, merge_page
from ingestion.imports.tolerance import write_tolerantly
from ingestion.models import SourceCheckpoint, SyncRun
from tenants.scope import org_scope

__all__ = ["checkpoint", "fetch_delta", "open_checkpoint", "start_run", "upsert", "write_page"]

PAGES_AHEAD = 1
# While others merge; most pages of theirs take less.
LOOK_EVERY_MS = 2_000


@contextmanager
def fetch_delta(pages: Callable[[], Iterator[Page]]) -> Iterator[Iterator[Page]]:
    """Read ``pages`` ahead of the caller, at most one page, in a thread without a database.

    Errors of the reader are raised where the page would have come. Leaving the block stops
    the thread, whatever is left unread.
    """
    ahead: queue.Queue[Page | BaseException | None] = queue.Queue(maxsize=PAGES_AHEAD)
    stop = threading.Event()
    thread = threading.Thread(target=_read, args=(pages, ahead, stop), name="reader", daemon=True)
    thread.start()
    try:
        yield _arrivals(ahead)
    finally:
        stop.set()
        while thread.is_alive():
            # Make room, so that a reader that waits to hand over sees the stop.
            _discard(ahead)
            thread.join(timeout=0.05)


def _discard(ahead: "queue.Queue[Page | BaseException | None]") -> None:
    """Take one entry, if there is one."""
    try:
        ahead.get_nowait()
    except queue.Empty:
        return


def _read(
    pages: Callable[[], Iterator[Page]],
    ahead: "queue.Queue[Page | BaseException | None]",
    stop: threading.Event,
) -> None:
    try:
        with closing(pages()) as source:  # type: ignore[type-var]  # a generator
            for page in source:
                ahead.put(page)
                if stop.is_set():
                    return
        ahead.put(None)
    except BaseException as error:  # noqa: BLE001  # handed over and raised by the caller
        ahead.put(error)


def _arrivals(ahead: "queue.Queue[Page | BaseException | None]") -> Iterator[Page]:
    while (arrived := ahead.get()) is not None:
        if isinstance(arrived, BaseException):
            raise arrived
        yield arrived


def open_checkpoint(run: SyncRun, *, stream: str) -> SourceCheckpoint:
    """Return how far ``stream`` was read, from the start where it never was."""
    if run.connection_id is None:
        message = f"Run {run.pk} has no connection, so nothing to read from."
        raise ValueError(message)
    found, _ = SourceCheckpoint.objects.get_or_create(
        org_id=run.org_id,
        connection_id=run.connection_id,
        stream=stream,
        defaults={"run_id": run.pk},
    )
    return found


def write_page(  # noqa: PLR0913  # what is written, and what goes with it
    held: Claim,
    page: Page,
    mark: SourceCheckpoint,
    *,
    via: str,
    then: Callable[[SyncRun, Page], None] | None = None,
    may_wait: Callable[[], bool] = lambda: True,
) -> SourceCheckpoint:
    """Write one page and how far it leads, in one transaction; return the next checkpoint.

    Args:
        then: writes what else the page tells, in that transaction; not of a dry run.
        may_wait: whether there is time to wait for others that merge.

    Raises:
        MergesBusyError: there is none; nothing was written.
        LeaseLostError: another worker holds the run; nothing was written.
        RunCancelledError: somebody asked for the end; nothing of this page was written.
    """
    with org_scope(held.org_id):
        run = fence(held)
        if not run.is_dry_run:
            with connection.cursor() as cursor:
                lock_merges_while(
                    cursor, run.org_id, may_wait=may_wait, look_every_ms=LOOK_EVERY_MS
                )
        tally = upsert(run, page, via=via)
        if then and not run.is_dry_run:
            then(run, page)
        checkpoint(mark, page, run)
        _count(run, page, tally)
    return mark


def upsert(run: SyncRun, page: Page, *, via: str) -> Tally:
    """Merge a page into the library; a dry run only says what would become of it.

    A record that the database refuses is reported, and keeps no other from coming in.
    """
    if run.is_dry_run:
        return write_tolerantly(judge_only, run, page)
    return write_tolerantly(partial(merge_page, via=via), run, page)


def checkpoint(mark: SourceCheckpoint, page: Page, run: SyncRun) -> None:
    """Move the stream's cursor behind ``page``, unless somebody else has moved it."""
    advance(mark, cursor=page.cursor, is_complete=page.is_last, run_id=run.pk)


def _count(run: SyncRun, page: Page, tally: Tally) -> None:
    changes: dict[str, Any] = {
        f"{name}_count": F(f"{name}_count") + getattr(tally, name)
        for name in (
            "raw",
            "new",
            "updated",
            "unchanged",
            "skipped",
            "failed",
            "unparsed",
            "reference_only",
            "with_picture",
        )
    }
    SyncRun.objects.filter(pk=run.pk).update(
        **changes,
        bytes_read=page.bytes_read,
        bytes_total=page.bytes_total,
        phase="read",
        progress_at=timezone.now(),
        lost_streak=0,
        lease_expires_at=lease_end(),
    )
