"""A stage is as old as the oldest of its units that waits."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from connectors.errors import FetchError
from ingestion.control import edit_schedule, pause, resume, run_stage
from ingestion.engine import runs
from ingestion.engine.claims import Claim
from ingestion.freshness.counts import count_units
from ingestion.freshness.datasets import PICTURES, THUMBNAILS
from ingestion.freshness.states import Freshness
from ingestion.freshness.tick import flip_due
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.schedule.cadence import Cadence
from ingestion.taxonomy import classify
from media.again import Which
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.errors import NotReadyError
from tenants.models import Organization
from tests.ingestion.crawler import as_json, pin
from tests.ingestion.freshness.worlds import HOUR, MONDAY, begin, count, flips, of, state
from tests.ingestion.stages.units import queue_pictures
from tests.ingestion.support import claimed, import_bytes, make_due

pytestmark = pytest.mark.django_db

ADDRESSES = [f"https://pictures.example/{number}.jpg" for number in range(4)]


@pytest.fixture
def units(in_scope: Organization) -> list[StageState]:
    """Four pictures that wait since Monday."""
    found = queue_pictures(in_scope, ADDRESSES)
    StageState.objects.update(waiting_since=MONDAY)
    return found


@pytest.fixture
def fetching(in_scope: Organization) -> Job:
    return Job.objects.get(kind=JobKind.FETCH)


def end(units: list[StageState], status: StageStatus, code: str = "") -> None:
    StageState.objects.filter(pk__in=[unit.pk for unit in units]).update(
        status=status, error_code=code
    )


def finish(job: Job, at: dt.datetime, *, done: int = 0, failed: int = 0) -> None:
    """Let a run of the stage end at ``at``."""
    with time_machine.travel(at, tick=False):
        held = begin(job, at)
        count(held, new=done, failed=failed)
        runs.finish_run(held, with_warnings=failed > 0)


def begin_again(held: Claim) -> Claim:
    """Return the claim on the next slice of a run that is in line."""
    run = SyncRun.objects.get(pk=held.run_id)
    make_due(run.pk, run.org)
    return claimed(run)


class TestCounts:
    def test_say_where_the_units_stand(self, units: list[StageState], fetching: Job) -> None:
        end(units[:2], StageStatus.DONE)
        end(units[2:3], StageStatus.FAILED, "not_found")

        finish(fetching, MONDAY, done=2, failed=1)

        status = of(PICTURES)
        assert (status.total_count, status.row_count) == (4, 2)
        assert (status.pending_count, status.failed_count) == (1, 1)
        assert (status.oldest_pending_at, status.counted_at) == (MONDAY, MONDAY)
        assert status.job_id == fetching.pk

    def test_are_taken_by_the_tick_after_an_import_brought_more(
        self, in_scope: Organization
    ) -> None:
        run = import_bytes(in_scope, as_json([pin(1), pin(2)]), name="pins.json")
        assert run.finished_at is not None

        flip_due(run.finished_at + HOUR / 60)

        assert (of(PICTURES).pending_count, of(PICTURES).state) == (2, Freshness.NEVER)
        assert (of(THUMBNAILS).total_count, of(THUMBNAILS).alert_at) == (0, None)

    def test_are_taken_in_one_query(
        self, units: list[StageState], django_assert_max_num_queries: Any
    ) -> None:
        end(units[:2], StageStatus.DONE)
        with django_assert_max_num_queries(1):
            assert count_units(Stage.FETCH).done == 2

    def test_are_taken_at_once_when_people_try_again(
        self, units: list[StageState], fetching: Job
    ) -> None:
        end(units, StageStatus.FAILED, "network")
        finish(fetching, MONDAY, failed=4)
        assert of(PICTURES).failed_count == 4

        run_stage(fetching.org, Stage.FETCH, Which.FAILED, None)

        status = of(PICTURES)
        assert (status.failed_count, status.pending_count) == (0, 4)
        assert (status.state, status.as_of) == (Freshness.NEVER, None)


class TestAge:
    def test_with_nothing_left_is_none_however_long_ago(
        self, units: list[StageState], fetching: Job
    ) -> None:
        end(units, StageStatus.DONE)
        finish(fetching, MONDAY + HOUR, done=4)

        assert flip_due(MONDAY + 10_000 * HOUR) == 0
        assert (state(PICTURES), of(PICTURES).alert_at) == ("fresh", None)

    def test_with_something_left_is_that_of_the_oldest(
        self, units: list[StageState], fetching: Job
    ) -> None:
        end(units[:3], StageStatus.DONE)
        finish(fetching, MONDAY + HOUR, done=3)
        assert state(PICTURES) == "fresh"

        flip_due(MONDAY + 1.5 * HOUR)
        assert state(PICTURES) == "late"
        flip_due(MONDAY + 2.5 * HOUR)

        assert state(PICTURES) == "stale"

    def test_falls_with_a_slice_that_did_the_oldest(
        self, units: list[StageState], fetching: Job
    ) -> None:
        finish(fetching, MONDAY + 2 * HOUR)
        assert state(PICTURES) == "late"
        end(units[:3], StageStatus.DONE)
        StageState.objects.filter(pk=units[3].pk).update(waiting_since=MONDAY + 2 * HOUR)

        with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
            held = begin(fetching, MONDAY + 3 * HOUR)
            count(held, new=3)
            runs.yield_run(held)

        # What is left waits for an hour; what the slice did is done, though the run goes on.
        assert (state(PICTURES), of(PICTURES).as_of) == ("fresh", MONDAY + 3 * HOUR)

    @pytest.mark.parametrize("ends", [runs.yield_run, runs.finish_run])
    def test_does_not_fall_with_a_slice_that_only_failed(
        self, units: list[StageState], fetching: Job, ends: Callable[[Claim], None]
    ) -> None:
        with time_machine.travel(MONDAY, tick=False):
            held = begin(fetching, MONDAY)
            end(units[:1], StageStatus.DONE)
            count(held, new=1)
            runs.yield_run(held)
        flip_due(MONDAY + 3 * HOUR)
        before = of(PICTURES)
        assert before.state == "stale"

        with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
            held = begin_again(held)
            end(units[1:], StageStatus.FAILED, "not_found")
            count(held, new=1, failed=3)
            ends(held)
        flip_due(MONDAY + 5 * HOUR)

        status = of(PICTURES)
        assert (status.state, status.as_of, status.pending_count) == ("stale", before.as_of, 0)
        assert (status.consecutive_failures, status.error_code) == (1, "not_found")

    def test_falls_when_a_lost_worker_had_done_the_last_of_them(
        self, units: list[StageState], fetching: Job
    ) -> None:
        flip_due(MONDAY + 3 * HOUR)
        with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
            held = begin(fetching, MONDAY)
            end(units, StageStatus.DONE)
            count(held, new=4)
            runs.fail_run(held, classify(FetchError("Away.", fetch_code="network")))
            runs.finish_run(begin_again(held))

        assert state(PICTURES) == "fresh"

    def test_of_units_that_were_removed_is_none(
        self, units: list[StageState], fetching: Job
    ) -> None:
        end(units[:1], StageStatus.DONE)
        finish(fetching, MONDAY + 2 * HOUR, done=1)
        assert state(PICTURES) == "late"
        StageState.objects.filter(status=StageStatus.PENDING).delete()

        flip_due(MONDAY + 3 * HOUR)

        assert flips(PICTURES)[-1] == ("late", "fresh", "time")


class TestFailures:
    def test_of_all_units_make_nothing_fresher(
        self, units: list[StageState], fetching: Job
    ) -> None:
        finish(fetching, MONDAY + 2 * HOUR)
        end(units, StageStatus.FAILED, "network")

        finish(fetching, MONDAY + 2.1 * HOUR, failed=4)
        flip_due(MONDAY + 9 * HOUR)

        status = of(PICTURES)
        assert (status.state, status.as_of) == (Freshness.LATE, None)
        assert (status.failed_count, status.error_code) == (4, "network")
        assert status.consecutive_failures == 1

    def test_of_the_run_count_what_is_left(self, units: list[StageState], fetching: Job) -> None:
        end(units[:1], StageStatus.DONE)

        with time_machine.travel(MONDAY + HOUR, tick=False):
            runs.fail_run(begin(fetching, MONDAY), classify(NotReadyError("Not now.")))

        status = of(PICTURES)
        assert (status.consecutive_failures, status.error_code) == (1, "not_ready")
        assert (status.as_of, status.row_count, status.pending_count) == (None, 1, 3)


class TestPause:
    @pytest.fixture
    def stale(self, units: list[StageState], fetching: Job) -> DatasetStatus:
        """Pictures that are out of date, and that nobody tries any more."""
        with time_machine.travel(MONDAY, tick=False):
            held = begin(fetching, MONDAY)
            end(units[:1], StageStatus.DONE)
            count(held, new=1)
            runs.yield_run(held)
        flip_due(MONDAY + 3 * HOUR)
        end(units[1:], StageStatus.FAILED, "not_found")
        with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
            held = begin_again(held)
            count(held, new=1, failed=3)
            runs.finish_run(held, with_warnings=True)
        return of(PICTURES)

    def test_and_resume_end_with_the_state_of_before(
        self, stale: DatasetStatus, fetching: Job
    ) -> None:
        pause(fetching, None)
        assert (state(PICTURES), of(PICTURES).state_under_pause) == ("paused", "stale")
        fetching.refresh_from_db()
        resume(fetching, None)

        assert (state(PICTURES), of(PICTURES).state_under_pause) == ("stale", "")
        assert flips(PICTURES)[-2:] == [
            ("stale", "paused", "paused"),
            ("paused", "stale", "resumed"),
        ]

    def test_a_new_schedule_makes_no_stage_fresher(
        self, stale: DatasetStatus, fetching: Job
    ) -> None:
        edit_schedule(fetching, Cadence(interval_s=86_400), None)

        assert state(PICTURES) == "stale"

    def test_a_success_meanwhile_is_what_a_resume_ends_with(
        self, stale: DatasetStatus, fetching: Job, units: list[StageState]
    ) -> None:
        held = begin(fetching, MONDAY + 4 * HOUR)
        pause(fetching, None)
        end(units, StageStatus.DONE)
        count(held, new=3)
        runs.finish_run(held)
        assert state(PICTURES) == "paused"

        fetching.refresh_from_db()
        resume(fetching, None)

        assert state(PICTURES) == "fresh"
