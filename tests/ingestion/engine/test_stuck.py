"""Runs that took too long, stand still, or do not hear: the sweep takes them from their worker."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connectors.items import Page
from connectors.models import Connection
from ingestion.driver import open_checkpoint, write_page
from ingestion.engine import claims, runs
from ingestion.engine.claims import Claim
from ingestion.errors import LeaseLostError
from ingestion.models import Job, RunAttempt, RunEvent, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.signals import attempt_failed
from tenants.models import Organization
from tests.ingestion.support import claimed, make_due, queue_run

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR
PAGE = Page((), (), {"at": 1}, bytes_read=1)


@pytest.fixture
def run(in_scope: Organization) -> SyncRun:
    account = Connection.objects.create(org=in_scope, source="pinterest", name="Pinterest")
    return queue_run(Job.objects.create(org=in_scope, kind="import", connection=account))


def since(run: SyncRun, **moments: dt.timedelta) -> None:
    """Let moments of the run lie so long ago."""
    now = timezone.now()
    SyncRun.objects.filter(pk=run.pk).update(**{name: now - ago for name, ago in moments.items()})


def can_write(held: Claim, run: SyncRun) -> bool:
    try:
        write_page(held, PAGE, open_checkpoint(run, stream="pins"), via="export")
    except LeaseLostError:
        return False
    return True


class TestTooLong:
    def test_ends_at_the_deadline_of_its_first_claim(self, run: SyncRun) -> None:
        held = claimed(run)
        run.refresh_from_db()
        assert run.deadline_at is not None
        assert run.deadline_at - timezone.now() > DAY - MINUTE

        since(run, deadline_at=HOUR)

        assert claims.sweep() == 1
        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.FAILED, "deadline_exceeded")
        assert run.user_message.startswith("This took longer than it may.")
        assert Job.objects.get(pk=run.job_id).state == JobState.ARCHIVED
        assert not can_write(held, run)

    def test_counts_slices_and_not_the_wait_between_them(self, run: SyncRun) -> None:
        runs.yield_run(claimed(run))
        # Six hours of work were left, and for two days nobody came.
        since(run, claimed_at=3 * DAY, run_after=2 * DAY, deadline_at=2 * DAY - 6 * HOUR)

        claimed(run)

        run.refresh_from_db()
        assert run.deadline_at is not None
        assert abs(run.deadline_at - timezone.now() - 6 * HOUR) < MINUTE
        assert claims.sweep() == 0

    def test_does_not_count_the_time_that_the_machine_was_off(self, run: SyncRun) -> None:
        claimed(run)
        since(run, lease_expires_at=2 * DAY, deadline_at=2 * DAY - 6 * HOUR)

        assert claims.sweep() == 1

        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.RETRY_WAIT, "worker_lost")
        assert run.deadline_at is not None
        assert abs(run.deadline_at - timezone.now() - 6 * HOUR) < MINUTE


class TestStandingStill:
    def test_takes_it_from_a_worker_that_lives_and_writes_nothing(self, run: SyncRun) -> None:
        held = claimed(run)
        since(run, progress_at=dt.timedelta(seconds=run.stall_s) + MINUTE)
        assert claims.renew(held)

        assert claims.sweep() == 1

        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.RETRY_WAIT, "stalled_no_progress")
        assert RunAttempt.objects.get(run=run).error_code == "stalled_no_progress"
        assert not claims.renew(held)
        assert not can_write(held, run)

    def test_lets_the_next_worker_write_and_the_hung_one_not(self, run: SyncRun) -> None:
        hung = claimed(run)
        since(run, progress_at=HOUR)
        claims.sweep()
        make_due(run.pk, run.org)

        held = claimed(run)

        assert not can_write(hung, run)
        assert can_write(held, run)

    def test_leaves_alone_what_is_slow(self, run: SyncRun) -> None:
        claimed(run)
        since(run, progress_at=dt.timedelta(seconds=run.stall_s) - MINUTE)

        assert claims.sweep() == 0

    def test_ends_the_third_time_in_a_row(self, run: SyncRun) -> None:
        states = []
        for _ in range(3):
            make_due(run.pk, run.org)
            claimed(run)
            since(run, progress_at=HOUR)
            claims.sweep()
            run.refresh_from_db()
            states.append(run.state)

        assert states == [RunState.RETRY_WAIT, RunState.RETRY_WAIT, RunState.FAILED]


class TestLost:
    def test_three_times_in_a_row_is_dead(self, run: SyncRun) -> None:
        states = []
        for _ in range(3):
            make_due(run.pk, run.org)
            claimed(run)
            since(run, lease_expires_at=HOUR)
            claims.sweep()
            run.refresh_from_db()
            states.append(run.state)

        assert states == [RunState.RETRY_WAIT, RunState.RETRY_WAIT, RunState.DEAD]
        assert run.error_code == "worker_lost"
        assert "three times in a row" in run.user_message

    def test_one_that_cannot_be_settled_keeps_no_other_from_recovery(
        self, in_scope: Organization, run: SyncRun
    ) -> None:
        other = queue_run(Job.objects.create(org=in_scope, kind="import"))
        for each in (run, other):
            claimed(each)
            since(each, lease_expires_at=HOUR)

        def trip(*, run: SyncRun, **_: Any) -> None:
            if run.pk == other.pk:
                raise ZeroDivisionError

        attempt_failed.connect(trip)
        try:
            assert claims.sweep() == 2
        finally:
            attempt_failed.disconnect(trip)

        for each in (run, other):
            each.refresh_from_db()
            assert each.state == RunState.RETRY_WAIT
        assert RunAttempt.objects.get(run=run).outcome == "worker_lost"


class TestUnheardCancellation:
    def test_is_forced_after_a_minute(self, run: SyncRun) -> None:
        held = claimed(run)
        runs.request_cancel(run, by=None)
        assert claims.sweep() == 0
        since(run, cancel_requested_at=2 * MINUTE)

        assert claims.sweep() == 1

        run.refresh_from_db()
        assert (run.state, run.failure_type) == (RunState.CANCELLED, "")
        assert (run.error_code, run.user_message) == (
            "cancelled_by_user",
            "Cancelled. What was read is kept.",
        )
        assert RunAttempt.objects.get(run=run).outcome == "cancelled_by_user"
        assert RunEvent.objects.filter(run=run, name="cancelled").count() == 1
        assert Job.objects.get(pk=run.job_id).state == JobState.ARCHIVED
        assert not can_write(held, run)
