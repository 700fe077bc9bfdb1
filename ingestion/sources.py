"""Kinds of jobs that read a source page by page into the library.

A new kind of source is one class: subclass :class:`SourceKind`, say what it is and how it reads,
and ``register`` it while the apps get ready. Claims, fences, checkpoints, retries, slices and
the report of its records are the engine's.
"""

from collections.abc import Iterator
from typing import ClassVar

from connectors.items import JSONValue, Page
from ingestion.checkpoints import remember
from ingestion.codes import Origin
from ingestion.driver import fetch_delta, open_checkpoint, write_page
from ingestion.engine.claims import Claim, fence
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.errors import MergesBusyError, SourceError
from ingestion.models import AssetOrigin, SourceCheckpoint, SyncRun
from ingestion.models.run import PARTIAL_MODES, RunMode
from ingestion.stages.queueing import queue_links, start_stage_run
from media.models.stage import Stage
from tenants.errors import AppError
from tenants.scope import org_scope

Cursor = dict[str, JSONValue]


class SourceKind(Kind):
    """A kind that reads a source; its jobs belong to a connection.

    Attributes:
        via: how what it brings came to us, for the origins of assets.
        reads_all: whether each run reads its source from the beginning. Else a run begins where
            the one before it ended.
        origin: where it went wrong when reading does; None where each error tells by itself.
    """

    via: ClassVar[AssetOrigin.Via] = AssetOrigin.Via.API
    reads_all: ClassVar[bool] = False
    origin: ClassVar[Origin | None] = Origin.SOURCE
    can_rehearse: ClassVar[bool] = True

    def fetch_delta(self, run: SyncRun, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what the source has behind ``cursor``, page by page; the last one says so.

        It is read ahead in a thread that must not touch the database; whatever it needs is in
        ``run``, ``run.job`` and ``run.job.connection``, which are loaded. A page's cursor leads
        behind it, for a run that goes on in another worker. A backfill is told its window by
        ``run.window_from`` and ``run.window_to``.

        Args:
            cursor: of the last page that was written; None at the beginning.
        """
        raise NotImplementedError

    def stream(self, run: SyncRun) -> str:
        """Return the name of the checkpoint; what is no whole run moves one of its own."""
        if run.is_dry_run:
            return f"preflight:{run.pk}"
        if run.mode in PARTIAL_MODES:
            return f"{run.mode}:{run.pk}"
        return self.name

    def from_the_start(self, left_at: Cursor | None) -> Cursor | None:
        """Return where a run over everything begins, given where the run before it ended."""
        return None

    def narrow(self, run: SyncRun, page: Page) -> Page:
        """Return what ``run`` takes of ``page``: all of it, unless its mode says otherwise."""
        return page

    def keep(self, run: SyncRun, page: Page) -> None:
        """Store bytes that came with ``page``, before its rows and outside any transaction."""

    def wrote(self, run: SyncRun, page: Page) -> None:
        """Write what ``page`` tells beside its records, in the transaction that wrote these."""

    def has_warnings(self, run: SyncRun) -> bool:
        """Return whether a run that came to its end left something to look at."""
        return run.failed_count > 0

    def finished(self, run: SyncRun) -> None:
        """Start what follows ``run``, in the transaction that ends it well."""
        if not run.is_dry_run:
            start_stage_run(run.org_id, Stage.FETCH)
            queue_links(run.org_id)

    def work(self, turn: Slice) -> None:
        """Read pages from the checkpoint on, each written in a transaction of its own."""
        self.read(turn)

    def read(self, turn: Slice) -> None:
        """Write pages until the source ends, and so the run, or until the slice does."""
        with org_scope(turn.held.org_id):
            fence(turn.held)
            run = SyncRun.objects.select_related("job__connection").get(pk=turn.held.run_id)
            mark = open_checkpoint(run, stream=self.stream(run))
            cursor = self._cursor(run, mark)
        # Its last page was written by a worker that was lost before it could end the run.
        is_read = mark.is_complete and _has_begun(run, mark)
        if is_read or self._write_pages(turn, run, mark, cursor):
            self._finish(turn.held)

    def _cursor(self, run: SyncRun, mark: SourceCheckpoint) -> Cursor | None:
        """Return where the run goes on, or begins."""
        if _has_begun(run, mark):
            return mark.cursor
        if self.reads_all or run.mode == RunMode.BACKFILL:
            return None
        left_at: Cursor | None = mark.cursor
        if run.is_dry_run:
            marks = SourceCheckpoint.objects.filter(connection=mark.connection_id)
            left_at = marks.filter(stream=self.name).values_list("cursor", flat=True).first()
        return self.from_the_start(left_at) if run.mode == RunMode.ALL else left_at

    def _write_pages(
        self, turn: Slice, run: SyncRun, mark: SourceCheckpoint, cursor: Cursor | None
    ) -> bool:
        """Write pages until the source ends (True) or the slice does (False)."""
        with fetch_delta(lambda: self._pages(run, cursor)) as arriving:
            for arrived in arriving:
                page = self.narrow(run, arrived)
                if not run.is_dry_run:
                    self.keep(run, page)
                written = self._write(turn, page, mark)
                if written is None or (turn.is_over and not page.is_last):
                    with org_scope(turn.held.org_id):
                        yield_run(turn.held)
                    return False
                mark = written
        return True

    def _write(self, turn: Slice, page: Page, mark: SourceCheckpoint) -> SourceCheckpoint | None:
        """Write a page; None where others merge, and the run is to end before they have."""

        def may_wait() -> bool:
            return not (turn.is_stopping or turn.is_called_off)

        try:
            return write_page(
                turn.held, page, mark, via=self.via, then=self.wrote, may_wait=may_wait
            )
        except MergesBusyError:
            return None

    def _pages(self, run: SyncRun, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the pages of the source, and say of what goes wrong where it did."""
        try:
            yield from self.fetch_delta(run, cursor)
        except AppError:
            raise
        except Exception as error:
            if self.origin is None:
                raise
            raise SourceError(self.origin) from error

    def _finish(self, held: Claim) -> None:
        with org_scope(held.org_id):
            run = fence(held)
            if not self.reads_all and self.stream(run) == self.name:
                remember(run, stream=self.name)
            # First: the end of a run that this brings forward locks it before the datasets.
            self.finished(run)
            finish_run(held, with_warnings=self.has_warnings(run))


def _has_begun(run: SyncRun, mark: SourceCheckpoint) -> bool:
    """Return whether ``run`` has moved the checkpoint, be it over pages that it took nothing of."""
    return run.raw_count > 0 or (mark.run_id == run.pk and mark.sequence > 0)
