"""What runs over single pictures share: bring batch by batch, wait for what follows, end."""

import datetime as dt
import time
from collections.abc import Sequence
from contextlib import closing
from typing import ClassVar, Final

from django.conf import settings
from django.utils import timezone

from connectors.errors import FetchError
from ingestion.codes import CODES
from ingestion.engine.claims import Claim, fence
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.errors import AllFailedError, DeadlineError
from ingestion.gather import analysis, line
from ingestion.gather.bringing import bring
from ingestion.gather.known import known_before
from ingestion.gather.ledger import next_due, queue_items, take_items
from ingestion.gather.outcomes import failed_still, wanted_again
from ingestion.gather.storing import Place, link_known, note_seen, store
from ingestion.gather.waiting import asks_to_wait, wait_for_site
from ingestion.gather.wanted import Wanted
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.stages.base import Pace
from media.imaging.pool import RenditionPool
from tenants.scope import org_scope

# Several rounds of the requests that one site gets at a time: none idles for long, and whoever
# watches sees each batch within a second or two.
BATCH: Final = 100
HOUR_S: Final = 3600
# Shorter waits are slept through.
SHORT_WAIT_S: Final = 3.0
# The stage wakes a run that waits for it; this is for what nobody tells.
ANALYSIS_WAIT: Final = dt.timedelta(seconds=30)
PICTURES: Final = "pictures"


class GatherKind(Kind):
    """Brings what its run's records ask for; subclasses say from where."""

    stall_s: ClassVar[int] = 300
    deadline_s: ClassVar[int] = 6 * HOUR_S
    max_attempts: ClassVar[int] = 3
    pauses_itself: ClassVar[bool] = False
    can_retry_items: ClassVar[bool] = True

    def place(self, run: SyncRun) -> Place:
        """Return where the pictures of ``run``, whose job and connection are loaded, come from."""
        raise NotImplementedError

    def begin(self, turn: Slice, run: SyncRun) -> bool:
        """Find what is to be brought, and queue it; return False where the slice ends with that.

        Only of a run that has no records yet. What comes with its job is queued with its first run;
        a further one goes over the same.
        """
        with org_scope(run.org_id):
            fenced = fence(turn.held)
            _queue(fenced, wanted_again(fenced.job_id, failed_only=False))
        return True

    def work(self, turn: Slice) -> None:
        """Bring batch by batch until nothing is left to do."""
        run = _loaded(turn.held)
        _check_deadline(run)
        if not self._has_records(run) and not self._begin(turn, run):
            return
        with RenditionPool(settings.RENDITION_PROCESSES) as pool:
            # Finding what there is may have taken all of the slice.
            while not turn.is_over:
                if not self._work_batch(turn, pool):
                    return
        with org_scope(turn.held.org_id):
            yield_run(turn.held)

    def _begin(self, turn: Slice, run: SyncRun) -> bool:
        """Queue what failed in an earlier run, or what this one finds; wait where a site asks."""
        if run.of_run_id is None:
            try:
                return self.begin(turn, run)
            except FetchError as error:
                if not asks_to_wait(error):
                    raise
                wait_for_site(turn.held, error)
                return False
        with org_scope(run.org_id):
            _queue(fence(turn.held), failed_still(run.of_run_id))
        return True

    def _has_records(self, run: SyncRun) -> bool:
        with org_scope(run.org_id):
            return RunItem.objects.filter(run=run).exists()

    def _work_batch(self, turn: Slice, pool: RenditionPool) -> bool:
        """Bring one batch; where nothing is due now, wait or end, and return False."""
        held = turn.held
        with org_scope(held.org_id):
            run = fence(held)
            SyncRun.objects.filter(pk=run.pk).update(phase=PICTURES)
            run = _with_job(run)
            place, items = self.place(run), take_items(run.pk, BATCH)
            batch = _without_known(run, place, items)
        if not items:
            return self._rest(turn)
        self._bring(turn, pool, run, place, batch)
        return True

    def _bring(
        self,
        turn: Slice,
        pool: RenditionPool,
        run: SyncRun,
        place: Place,
        batch: Sequence[tuple[RunItem, Wanted]],
    ) -> None:
        """Bring a batch; what has come is written about each second, behind the fence."""
        wanted = [each for _, each in batch]
        lots = bring(wanted, pool, org_id=run.org_id, pace=Pace(turn), referer=place.url)
        with closing(lots):
            for lot in lots:
                done = [(*batch[number], what) for number, what in lot]
                with org_scope(run.org_id):
                    fence(turn.held)
                    if run.is_dry_run:
                        note_seen(place, done, run)
                    else:
                        store(run, place, done)

    def _rest(self, turn: Slice) -> bool:
        """Wait for what is due later, or for what follows; end where there is nothing of either."""
        held = turn.held
        with org_scope(held.org_id):
            due = next_due(fence(held).pk)
        if due is not None and due - time.time() <= SHORT_WAIT_S and not turn.is_over:
            time.sleep(max(due - time.time(), 0.1))
            return True
        with org_scope(held.org_id):
            run = fence(held)
            if due is not None:
                yield_run(held, until=dt.datetime.fromtimestamp(due, dt.UTC))
                return False
            if analysis.settle(run):
                SyncRun.objects.filter(pk=run.pk).update(phase=line.ANALYSIS)
                yield_run(held, until=timezone.now() + ANALYSIS_WAIT)
                return False
        self._finish(held)
        return False

    def _finish(self, held: Claim) -> None:
        with org_scope(held.org_id):
            run = fence(held)
            if run.is_dry_run:
                # What did not come can be chosen all the same: then it is tried again.
                finish_run(held)
                return
            if run.raw_count and run.failed_count == run.raw_count and not _has_any(run):
                first = RunItem.objects.filter(run=run, outcome=ItemOutcome.FAILED).first()
                raise AllFailedError(first.detail if first else "")
            finish_run(held, with_warnings=run.failed_count > 0)


def _queue(run: SyncRun, again: Sequence[tuple[int, Wanted]]) -> None:
    queue_items(run, again)
    SyncRun.objects.filter(pk=run.pk).update(expected_count=len(again))


def _check_deadline(run: SyncRun) -> None:
    """End a run that took too long: the sweep sees none that only works for moments at a time.

    One that has all its pictures ends well.
    """
    if run.phase == line.ANALYSIS or run.deadline_at is None:
        return
    if run.deadline_at < timezone.now():
        raise DeadlineError(CODES["deadline_exceeded"].sentence)


def _loaded(held: Claim) -> SyncRun:
    with org_scope(held.org_id):
        return _with_job(fence(held))


def _with_job(run: SyncRun) -> SyncRun:
    return SyncRun.objects.select_related("job__connection").get(pk=run.pk)


def _without_known(
    run: SyncRun, place: Place, items: Sequence[RunItem]
) -> list[tuple[RunItem, Wanted]]:
    """Pass over what came into the library since it was queued; return the rest."""
    batch = [(item, Wanted.of_payload(item.payload or {})) for item in items]
    wanted = [each for _, each in batch]
    held = known_before(run.org_id, wanted, drops_small=place.drops_small)
    known = [(item, each, held[each.key]) for item, each in batch if each.key in held]
    if known:
        link_known(run, place, known)
    return [(item, each) for item, each in batch if each.key not in held]


def _has_any(run: SyncRun) -> bool:
    """Return whether an earlier run of the job brought anything, or found it here."""
    good = (ItemOutcome.NEW, ItemOutcome.SKIPPED)
    earlier = SyncRun.objects.filter(job_id=run.job_id, is_dry_run=False).exclude(pk=run.pk)
    return RunItem.objects.filter(run__in=earlier, outcome__in=good).exists()
