"""Sources that ask to wait, and jobs that are paused: it costs no attempt, and nobody begins."""

import datetime as dt

import pytest
from django.utils import timezone

from connectors.errors import FetchError
from connectors.models import Connection
from ingestion.engine import claims, runs
from ingestion.models import Job, RunAttempt, RunEvent, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.taxonomy import Failure, classify
from tenants.models import Organization
from tests.ingestion.support import claimed, make_due, queue_run

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
AWAY = classify(FetchError("The source is away.", fetch_code="network"))


@pytest.fixture
def connection(in_scope: Organization) -> Connection:
    return Connection.objects.create(org=in_scope, source="pinterest", name="Pinterest")


@pytest.fixture
def job(in_scope: Organization, connection: Connection) -> Job:
    return Job.objects.create(org=in_scope, kind="import", connection=connection)


@pytest.fixture
def run(job: Job) -> SyncRun:
    return queue_run(job)


def slow_down(*, after_s: float | None = None) -> Failure:
    asked = FetchError("Slow down.", fetch_code="rate_limited", retry_after_s=after_s)
    return classify(asked)


def unblock(run: SyncRun) -> None:
    """Let the time that the source named have passed."""
    Connection.objects.update(blocked_until=timezone.now() - HOUR)
    make_due(run.pk, run.org)


class TestAskedToWait:
    def test_costs_no_attempt_and_is_no_failure(self, run: SyncRun) -> None:
        for _ in range(30):
            runs.fail_run(claimed(run), slow_down())
            unblock(run)

        run.refresh_from_db()
        assert (run.state, run.attempt) == (RunState.QUEUED, 0)
        assert (run.failed_streak, run.failure_count) == (0, 0)
        assert RunAttempt.objects.filter(run=run).count() == 1

    def test_says_so_until_when(self, run: SyncRun, connection: Connection) -> None:
        began = timezone.now()

        runs.fail_run(claimed(run), slow_down(after_s=1_800))

        run.refresh_from_db()
        connection.refresh_from_db()
        assert (run.error_code, run.failure_type) == ("rate_limited", "rate_limited")
        assert began + 29 * MINUTE < run.run_after < began + 31 * MINUTE
        assert (connection.blocked_until, connection.block_reason) == (
            run.run_after,
            "rate_limited",
        )
        told = RunEvent.objects.get(run=run, name="rate_limited")
        assert told.detail == {"until": run.run_after.isoformat()}

    def test_keeps_every_run_of_the_connection_from_beginning(
        self, in_scope: Organization, connection: Connection, run: SyncRun
    ) -> None:
        sibling = queue_run(Job.objects.create(org=in_scope, kind="drop", connection=connection))
        stranger = queue_run(Job.objects.create(org=in_scope, kind="import"))

        runs.fail_run(claimed(run), slow_down(after_s=1_800))
        make_due(run.pk, in_scope)

        assert claims.claim(run_id=run.pk) is None
        assert claims.claim(run_id=sibling.pk) is None
        assert claims.due_count() == 1
        assert claims.claim(run_id=stranger.pk) is not None
        unblock(run)
        assert claims.claim(run_id=sibling.pk) is not None

    def test_lets_a_dry_run_look_on(self, job: Job, run: SyncRun) -> None:
        runs.fail_run(claimed(run), slow_down(after_s=1_800))

        assert claims.claim(run_id=queue_run(job, is_dry_run=True).pk) is not None

    def test_is_not_shortened_by_a_dry_run_that_is_asked_for_less(
        self, job: Job, run: SyncRun, connection: Connection
    ) -> None:
        runs.fail_run(claimed(run), slow_down(after_s=3_600))
        run.refresh_from_db()
        look = queue_run(job, is_dry_run=True)

        runs.fail_run(claimed(look), slow_down(after_s=60))

        connection.refresh_from_db()
        assert connection.blocked_until == run.run_after

    def test_waits_longer_each_time_where_no_time_is_named(self, run: SyncRun) -> None:
        waits = []
        for _ in range(6):
            began = timezone.now()
            runs.fail_run(claimed(run), slow_down())
            run.refresh_from_db()
            waits.append(round((run.run_after - began) / MINUTE))
            unblock(run)

        assert waits == [5, 10, 20, 40, 60, 60]

    @pytest.mark.parametrize(
        ("named_s", "expected_s"),
        [(0, [1, 2, 4, 8, 16, 32, 60, 60]), (10, [10, 10, 10, 10, 16, 32, 60, 60]), (90, [90] * 8)],
    )
    def test_waits_longer_each_time_however_little_is_named(
        self, run: SyncRun, named_s: float, expected_s: list[int]
    ) -> None:
        waits = []
        for _ in expected_s:
            held = claimed(run)
            before = timezone.now()
            runs.fail_run(held, slow_down(after_s=named_s))
            after = timezone.now()
            run.refresh_from_db()
            waits.append((run.run_after - after, run.run_after - before))
            unblock(run)

        # The database's clock told the moment in between.
        for (least, most), seconds in zip(waits, expected_s, strict=True):
            assert least <= dt.timedelta(seconds=seconds) <= most

    def test_waits_no_longer_than_an_hour_however_often_it_was_asked_to(self) -> None:
        assert slow_down().wait_s(number=5_000) == 3_600

    @pytest.mark.parametrize("is_slice_over", [True, False])
    def test_begins_anew_after_progress(self, run: SyncRun, is_slice_over: bool) -> None:  # noqa: FBT001  # a case
        for _ in range(3):
            runs.fail_run(claimed(run), slow_down())
            unblock(run)
        held = claimed(run)
        SyncRun.objects.filter(pk=run.pk).update(progress_at=timezone.now() + MINUTE)
        if is_slice_over:
            runs.yield_run(held)
            make_due(run.pk, run.org)
            held = claimed(run)

        runs.fail_run(held, slow_down())

        run.refresh_from_db()
        assert run.wait_streak == 1

    def test_keeps_the_failures_in_a_row_unless_something_was_written(self, run: SyncRun) -> None:
        SyncRun.objects.filter(pk=run.pk).update(failed_streak=4)
        runs.fail_run(claimed(run), slow_down())
        run.refresh_from_db()
        assert run.failed_streak == 4

        unblock(run)
        held = claimed(run)
        SyncRun.objects.filter(pk=run.pk).update(progress_at=timezone.now() + MINUTE)
        runs.fail_run(held, slow_down())

        run.refresh_from_db()
        assert run.failed_streak == 0

    def test_does_not_use_up_the_deadline(self, run: SyncRun) -> None:
        held = claimed(run)
        run.refresh_from_db()
        before = run.deadline_at

        runs.fail_run(held, slow_down(after_s=7_200))

        run.refresh_from_db()
        assert before is not None
        assert run.deadline_at == before + 2 * HOUR


class TestPaused:
    def test_is_not_claimed_and_wakes_nobody(self, job: Job, run: SyncRun) -> None:
        Job.objects.filter(pk=job.pk).update(state=JobState.PAUSED, paused_at=timezone.now())

        assert claims.claim() is None
        assert claims.claim(run_id=run.pk) is None
        assert claims.due_count() == 0
        assert not claims.is_awaited(job.org_id, 1)

    def test_keeps_no_other_job_waiting(
        self, in_scope: Organization, job: Job, run: SyncRun
    ) -> None:
        other = queue_run(Job.objects.create(org=in_scope, kind="import"))
        Job.objects.filter(pk=job.pk).update(state=JobState.PAUSED, paused_at=timezone.now())

        held = claims.claim()

        assert held is not None
        assert held.run_id == other.pk
        run.refresh_from_db()
        assert run.state == RunState.QUEUED


class TestLimitOfFailures:
    def test_ends_a_run_that_keeps_failing_between_pages(self, run: SyncRun) -> None:
        states = []
        for _ in range(runs.MAX_FAILURES):
            held = claimed(run)
            SyncRun.objects.filter(pk=run.pk).update(progress_at=timezone.now() + MINUTE)
            runs.fail_run(held, AWAY)
            run.refresh_from_db()
            states.append(run.state)
            make_due(run.pk, run.org)

        assert set(states[:-1]) == {RunState.RETRY_WAIT}
        assert (states[-1], run.failure_count) == (RunState.FAILED, 20)
