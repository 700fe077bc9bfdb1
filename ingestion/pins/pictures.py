"""The step that fetches the pictures of pins: batches of the stage, done here instead of there.

What a batch is, how it is fetched and what becomes of a failure is the stage's own. While a worker
is at the stage the step leaves the work to it and watches; what the step has in hand the stage
does not see, so that nothing is fetched twice.
"""

import dataclasses
import datetime as dt
import time
import uuid
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from connectors.base import Use
from connectors.items import Source
from ingestion.codes import CODES, ended
from ingestion.imports.ledger import Row, write_lines
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import OPEN_STATES, RunState
from ingestion.pins.places import Place, keep_place, place_of
from ingestion.policy.barring import barred_assets
from ingestion.signals import batch_written
from ingestion.stages.base import BEGIN_S, Pace
from ingestion.stages.fetch import FetchBatches, Unit
from ingestion.stages.queueing import start_stage_run
from media.models import StageState
from media.models.stage import Stage, StageStatus
from media.results import StoredBlob, UnitResult, write_states

# Behind the longest download: a batch whose worker was killed comes to the stage after that.
_MARGIN_S: Final = 60.0
_WATCH_EVERY_S: Final = 1.0
_LOOK_EVERY_S: Final = 0.1
# How long downloads go on once the step is to stop.
_GRACE_S: Final = 0.5


class PinPace(Pace):
    """How long a batch may take: as that of a stage, but it stops as soon as it shall."""

    def __init__(self, may_go_on: Callable[[], bool]) -> None:
        self._may_go_on = may_go_on
        self._late_at = time.monotonic() + BEGIN_S
        self._stopped_at: float | None = None

    def may_begin(self) -> bool:
        """Return whether another unit may begin."""
        return time.monotonic() < self._late_at and self._may_go_on()

    def must_end(self) -> bool:
        """Return whether to give up what is in flight."""
        if self._stopped_at is None and not self._may_go_on():
            self._stopped_at = time.monotonic()
        return self._stopped_at is not None and time.monotonic() - self._stopped_at >= _GRACE_S


@dataclasses.dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a batch; of none while a worker is at the stage."""

    units: Sequence[Unit]
    results: Sequence[UnitResult]
    blobs: Sequence[StoredBlob]


class PinPictures:
    """Pictures of pins that are due."""

    name: ClassVar[str] = "pictures"
    is_done = False

    def __init__(self) -> None:
        self._run: SyncRun | None = None
        self._org_id = uuid.UUID(int=0)
        self._place = Place()
        self._batches = FetchBatches()

    def take(self, run: SyncRun) -> Sequence[Unit] | None:
        """Return a batch, and hide it from the stage; an empty one while that is at work."""
        due = _due(run)
        if self._run is None:
            self._place = place_of(run, self.name) or Place(of=due.count())
        self._run, self._org_id = run, run.org_id
        states = [] if _is_stage_at_work() else self._choose(due)
        if not states and not due.exists():
            return None
        in_hand_s = settings.FETCH_DEADLINE_S + _MARGIN_S
        StageState.objects.filter(pk__in=[state.pk for state in states]).update(
            due_at=timezone.now() + dt.timedelta(seconds=in_hand_s)
        )
        return self._batches.take(states)

    def do(self, share: Sequence[Unit], *, may_go_on: Callable[[], bool]) -> Fetched:
        """Fetch them; or wait a moment for the worker that does."""
        if not share:
            _wait(may_go_on)
            return Fetched((), (), ())
        results, blobs = self._batches.do(share, org_id=self._org_id, pace=PinPace(may_go_on))
        return Fetched(share, results, blobs)

    def write(self, found: Fetched) -> int:
        """Write what came as the stage does, and account for it."""
        run = self._run
        if run is None:
            message = "Nothing was taken."
            raise RuntimeError(message)
        done = [result for result in found.results if result.status == StageStatus.DONE]
        if found.units:
            _write(self._batches, found)
            _account(run, found)
            batch_written.send(sender=StageState, stage=Stage.FETCH.value, org_id=run.org_id)
            self._place.done += len(found.results)
            for stage in (Stage.RENDITION, Stage.FETCH):
                start_stage_run(run.org_id, stage)
        else:
            self._place.done = max(self._place.done, self._place.of - _due(run).count())
        keep_place(run, self.name, self._place)
        return len(done)

    def _choose(self, due: QuerySet[StageState]) -> list[StageState]:
        in_order = due.order_by("due_at", "pk")
        return list(self._batches.choose(in_order)[: FetchBatches.batch_size])


def _due(run: SyncRun) -> QuerySet[StageState]:
    """Return what is to be fetched now of the pins that the run is about.

    What the terms of its source do not let us keep is left to the stage, which says so of it.
    """
    barred = barred_assets(Use.STORE).filter(pk=OuterRef("media__asset"))
    due = StageState.objects.filter(
        ~Exists(barred),
        stage=Stage.FETCH,
        status=StageStatus.PENDING,
        due_at__lte=timezone.now(),
        media__asset__source=Source.PINTEREST.value,
        media__asset__removed_at=None,
    )
    return due.filter(media__asset__stored_count=0) if run.job.params.get("only_images") else due


def _is_stage_at_work() -> bool:
    """Return whether a worker fetches; none begins to before this transaction ends."""
    runs = SyncRun.objects.select_for_update().filter(kind=JobKind.FETCH, state__in=OPEN_STATES)
    return any(run.state == RunState.RUNNING for run in runs)


def _wait(may_go_on: Callable[[], bool]) -> None:
    until = time.monotonic() + _WATCH_EVERY_S
    while time.monotonic() < until and may_go_on():
        time.sleep(_LOOK_EVERY_S)


def _write(batches: FetchBatches, found: Fetched) -> None:
    """Write the results; what had no turn, or was given up, is due again."""
    write_states(found.results)
    ended_ones = {result.state_id for result in found.results}
    left = [state.pk for state, _ in found.units if state.pk not in ended_ones]
    StageState.objects.filter(pk__in=left).update(due_at=timezone.now())
    batches.write(found.units, found.blobs)


def _account(run: SyncRun, found: Fetched) -> None:
    """Count pictures that came or never will; each of the latter has a line."""
    first = SyncRun.objects.values_list("raw_count", flat=True).get(pk=run.pk)
    owners = {state.pk: picture.asset_id for state, picture in found.units}
    done = sum(result.status == StageStatus.DONE for result in found.results)
    lines: list[Row] = []
    for result in found.results:
        if result.status == StageStatus.FAILED:
            place, asset = str(first + done + len(lines)), str(owners[result.state_id])
            code, why = result.error_code, _why(result.error_code)
            lines.append((place, ItemOutcome.FAILED.value, code, "", None, asset, why, ""))
    with connection.cursor() as cursor:
        write_lines(cursor, run, lines)
    SyncRun.objects.filter(pk=run.pk).update(
        raw_count=F("raw_count") + done + len(lines),
        updated_count=F("updated_count") + done,
        failed_count=F("failed_count") + len(lines),
    )


def _why(code: str) -> str:
    return f"Its picture: {ended(CODES[code].sentence)}" if code in CODES else ""
