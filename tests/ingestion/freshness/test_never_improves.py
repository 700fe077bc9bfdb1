"""Whatever happens to runs, in any order: nothing but a success makes a dataset fresher.

Each seed is a life of a source, a nightly check and a stage, on a clock that goes on by itself.
Runs go on over several slices, and are paused in between.
"""

import datetime as dt
import itertools
import random
from collections.abc import Callable

import pytest
import time_machine
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from connectors.errors import CorruptFileError, FetchError
from connectors.models import Connection
from ingestion.codes import FailureType
from ingestion.control import edit_schedule, pause, resume
from ingestion.engine import claims, runs
from ingestion.engine.kinds import Slice
from ingestion.engine.steps import Step, work_steps
from ingestion.errors import StepSkippedError
from ingestion.freshness.datasets import PICTURES, SAVED_ITEMS, STORED_FILES, TRASH
from ingestion.freshness.states import is_better
from ingestion.freshness.tick import flip_due
from ingestion.models import DatasetFlip, DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunMode
from ingestion.schedule.cadence import Cadence
from ingestion.stages.queueing import run_again
from ingestion.taxonomy import Failure, classify
from media.again import Which
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tests.ingestion.freshness.worlds import MONDAY, begin, make_connection
from tests.ingestion.stages.units import queue_pictures

pytestmark = pytest.mark.django_db

STEPS = 40
AGES = ("as_of", "last_success_at")
FAILURES = (
    classify(FetchError("The source is away.", fetch_code="network")),
    classify(FetchError("Slow down.", fetch_code="rate_limited", retry_after_s=5)),
    classify(CorruptFileError("The file breaks off.")),
    Failure(FailureType.SYSTEM, "internal_error", "Something went wrong."),
    Failure(FailureType.DATA, "not_found", "It is gone."),
)
Event = Callable[[], set[str]]


class Life:
    """What can happen; each event returns the datasets that it may have made fresher."""

    def __init__(self, org: Organization, seed: int) -> None:
        self.org, self.dice, self.now = org, random.Random(seed), MONDAY
        connection = make_connection(org)
        self.source = Job.objects.create(
            org=org,
            kind=JobKind.IMPORT,
            connection=connection,
            is_one_off=False,
            interval_s=3600,
        )
        self.nightly = Job.objects.get(kind=JobKind.UPKEEP)
        self.stage = Job.objects.get(kind=JobKind.FETCH)
        self.pictures = 0

    def source_succeeds(self) -> set[str]:
        held = self.begin(self.source)
        self.add(held, new=self.dice.randrange(3))
        runs.finish_run(held)
        return {SAVED_ITEMS}

    def source_fails(self) -> set[str]:
        runs.fail_run(self.begin(self.source), self.dice.choice(FAILURES))
        return set()

    def source_is_rehearsed(self) -> set[str]:
        runs.finish_run(self.begin(self.source, is_dry_run=True))
        return set()

    def source_is_filled_in(self) -> set[str]:
        held = self.begin(self.source, mode=RunMode.BACKFILL)
        runs.finish_run(held)
        # Unless it was a plain run that went on.
        is_partial = SyncRun.objects.filter(pk=held.run_id, mode=RunMode.BACKFILL).exists()
        return set() if is_partial else {SAVED_ITEMS}

    def source_yields(self) -> set[str]:
        held = self.begin(self.source)
        self.add(held, new=5)
        runs.yield_run(held)
        return set()

    def run_is_cancelled(self) -> set[str]:
        runs.cancel_run(self.begin(self.dice.choice([self.source, self.stage])))
        return set()

    def worker_is_lost(self) -> set[str]:
        held = self.begin(self.dice.choice([self.source, self.stage, self.nightly]))
        SyncRun.objects.filter(pk=held.run_id).update(lease_expires_at=Now() - dt.timedelta(1))
        claims.sweep()
        return set()

    def nightly_works(self) -> set[str]:
        ways = [self.tidied, self.tidied, self.broken, self.left_alone]
        chosen = {name: self.dice.choice(ways) for name in (STORED_FILES, TRASH)}
        steps = [Step(name, do, name, is_optional=True) for name, do in chosen.items()]
        work_steps(Slice(self.begin(self.nightly), should_stop=lambda: False), steps)
        return {name for name, do in chosen.items() if do == self.tidied}

    def pictures_come(self) -> set[str]:
        for state in queue_pictures(self.org, ["https://pictures.example/1.jpg"]):
            StageState.objects.filter(pk=state.pk).update(waiting_since=self.now)
        return set()

    def pictures_are_fetched(self) -> set[str]:
        held, done = self.begin(self.stage), self.settle_units(StageStatus.DONE)
        self.add(held, new=done)
        runs.finish_run(held)
        return {PICTURES} if done or self.has_done_all(held) else set()

    def a_slice_is_fetched(self) -> set[str]:
        held, done = self.begin(self.stage), self.settle_units(StageStatus.DONE)
        self.add(held, new=done)
        runs.yield_run(held)
        return {PICTURES} if done else set()

    def a_slice_fails_for_good(self) -> set[str]:
        held, failed = self.begin(self.stage), self.settle_units(StageStatus.FAILED)
        self.add(held, failed=failed)
        runs.yield_run(held)
        return set()

    def pictures_fail_for_good(self) -> set[str]:
        held, failed = self.begin(self.stage), self.settle_units(StageStatus.FAILED)
        self.add(held, failed=failed)
        runs.finish_run(held, with_warnings=True)
        return {PICTURES} if self.has_done_all(held) else set()

    def pictures_have_to_wait(self) -> set[str]:
        held = self.begin(self.stage)
        runs.finish_run(held)
        return {PICTURES} if self.has_done_all(held) else set()

    def pictures_are_tried_again(self) -> set[str]:
        run_again(self.org.pk, Stage.FETCH, Which.FAILED)
        StageState.objects.filter(waiting_since__gt=self.now).update(waiting_since=self.now)
        return set()

    def stage_fails(self) -> set[str]:
        held, failed = self.begin(self.stage), self.settle_units(StageStatus.FAILED)
        self.add(held, failed=failed)
        runs.fail_run(held, self.dice.choice(FAILURES))
        return set()

    def job_is_paused(self) -> set[str]:
        pause(self.dice.choice([self.source, self.stage]), None)
        return set()

    def stage_gets_another_schedule(self) -> set[str]:
        hours = self.dice.choice([1, 6, 24])
        edit_schedule(self.stage, Cadence(interval_s=hours * 3600), None)
        return set()

    def begin(self, job: Job, **kwargs: object) -> claims.Claim:
        job.refresh_from_db()
        Connection.objects.update(blocked_until=None)
        if job.state == JobState.PAUSED:
            resume(job, None)
        return begin(job, self.now, **kwargs)  # type: ignore[arg-type]  # as the caller says

    @staticmethod
    def pending() -> QuerySet[StageState]:
        return StageState.objects.filter(stage=Stage.FETCH, status=StageStatus.PENDING)

    def settle_units(self, status: StageStatus) -> int:
        chosen = self.pending().values_list("pk", flat=True)[: self.dice.randrange(1, 3)]
        return StageState.objects.filter(pk__in=list(chosen)).update(
            status=status, error_code="not_found" if status == StageStatus.FAILED else ""
        )

    def has_done_all(self, held: claims.Claim) -> bool:
        """Return whether nothing is left, and nothing was given up in the run."""
        has_failed = SyncRun.objects.filter(pk=held.run_id, failed_count__gt=0).exists()
        return not has_failed and not self.pending().exists()

    @staticmethod
    def add(held: claims.Claim, *, new: int = 0, failed: int = 0) -> None:
        """Let the slice have done so much."""
        SyncRun.objects.filter(pk=held.run_id).update(
            raw_count=F("raw_count") + new + failed,
            new_count=F("new_count") + new,
            failed_count=F("failed_count") + failed,
        )

    @staticmethod
    def tidied() -> int:
        return 1

    @staticmethod
    def broken() -> int:
        raise OSError("The storage is away.")

    @staticmethod
    def left_alone() -> int:
        raise StepSkippedError("Somebody is at work there.")

    def happen(self) -> tuple[str, set[str]]:
        """Let something happen after a while; return what, and what it may have made fresher."""
        self.now += dt.timedelta(minutes=self.dice.choice([1, 2, 10, 45, 100, 700]))
        events: list[Event] = [
            self.source_succeeds,
            self.source_fails,
            self.source_is_rehearsed,
            self.source_is_filled_in,
            self.source_yields,
            self.run_is_cancelled,
            self.worker_is_lost,
            self.nightly_works,
            self.pictures_come,
            self.pictures_are_fetched,
            self.a_slice_is_fetched,
            self.a_slice_fails_for_good,
            self.pictures_fail_for_good,
            self.pictures_have_to_wait,
            self.pictures_are_tried_again,
            self.stage_fails,
            self.job_is_paused,
            self.stage_gets_another_schedule,
            set,
        ]
        event = self.dice.choice(events)
        with time_machine.travel(self.now):
            flip_due(self.now)
            fresher = event()
            flip_due(timezone.now())
        return getattr(event, "__name__", ""), fresher


def told(status: DatasetStatus) -> str:
    """Return the state, were it not for a pause, which only hides it."""
    return status.state_under_pause or status.state


def snapshot() -> dict[str, DatasetStatus]:
    return {status.name: status for status in DatasetStatus.objects.all()}


@pytest.mark.parametrize("seed", range(4))
def test_nothing_but_a_success_makes_a_dataset_fresher(in_scope: Organization, seed: int) -> None:
    life = Life(in_scope, seed)
    before = snapshot()

    for _ in range(STEPS):
        event, fresher = life.happen()
        after = snapshot()
        for name in set(before) - fresher:
            old, new = before[name], after[name]
            assert not is_better(told(new), told(old)), (event, name, told(old), told(new))
            assert [getattr(new, age) for age in AGES] == [getattr(old, age) for age in AGES]
        before = after

    for name, status in before.items():
        flips = list(DatasetFlip.objects.filter(dataset=status).order_by("at", "pk"))
        assert [flip.new_state for flip in flips][-1:] == ([status.state] if flips else []), name
        for earlier, later in itertools.pairwise(flips):
            assert later.old_state == earlier.new_state
