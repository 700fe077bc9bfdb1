"""Failures in a row: of what they warn, when a job pauses itself, when a schedule stops."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from connectors.errors import CorruptFileError, FetchError
from ingestion.control import edit_schedule, resume, run_now
from ingestion.engine import claims, runs
from ingestion.models import DatasetFlip, Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.schedule.cadence import Cadence
from ingestion.schedule.due import queue_due_jobs
from ingestion.taxonomy import classify
from tenants.models import Organization, User
from tests.ingestion.control.support import DAY, HOUR, events_of, make_connection, standing_job
from tests.ingestion.support import claimed, queue_run

BEGAN = dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC)
UNREADABLE = classify(CorruptFileError("The file breaks off."))
GONE = classify(FetchError("It is gone.", fetch_code="not_found"))


@pytest.fixture
def job(in_scope: Organization) -> Job:
    """A job that has failed as often as no other, and that was well until BEGAN."""
    return standing_job(
        in_scope,
        kind=JobKind.DROP,
        connection=make_connection(in_scope),
        last_success_at=BEGAN,
        created_at=BEGAN,
    )


def fail(job: Job, *, before: int, after: dt.timedelta, failure: object = GONE) -> SyncRun:
    """Let a run fail so long ``after`` BEGAN, as the one that follows ``before`` failures."""
    Job.objects.filter(pk=job.pk).update(consecutive_failures=before)
    run = queue_run(job)
    held = claimed(run)
    with time_machine.travel(BEGAN + after, tick=False):
        runs.fail_run(held, failure)  # type: ignore[arg-type]  # a Failure
    job.refresh_from_db()
    return run


class TestWarning:
    def test_comes_once_with_ten_failures_and_three_days(self, job: Job) -> None:
        run = fail(job, before=9, after=3 * DAY)

        assert (job.consecutive_failures, job.warned_at) == (10, BEGAN + 3 * DAY)
        assert events_of(run, "keeps_failing") == [
            {"by": None, "failures": 10, "since": BEGAN.isoformat()}
        ]
        [flip] = DatasetFlip.objects.filter(reason="keeps_failing")
        assert (flip.old_state, flip.run_id, flip.notified_at) == (flip.new_state, run.pk, None)
        again = fail(job, before=10, after=4 * DAY)
        assert DatasetFlip.objects.filter(reason="keeps_failing").count() == 1
        assert job.warned_at == BEGAN + 3 * DAY
        assert events_of(again, "keeps_failing") == []

    @pytest.mark.parametrize(
        ("before", "after"), [(8, 30 * DAY), (100, 3 * DAY - dt.timedelta(seconds=1))]
    )
    def test_takes_both(self, job: Job, before: int, after: dt.timedelta) -> None:
        fail(job, before=before, after=after)

        assert (job.consecutive_failures, job.warned_at) == (before + 1, None)


class TestPausingItself:
    def test_comes_with_twenty_failures_and_seven_days(self, job: Job) -> None:
        run = fail(job, before=19, after=7 * DAY)

        assert (job.state, job.paused_by) == (JobState.PAUSED, None)
        assert job.pause_reason == ("it failed 20 times in a row, and has not succeeded for 7 days")
        assert events_of(run, "paused") == [{"by": None, "reason": job.pause_reason}]

    @pytest.mark.parametrize(
        ("before", "after"), [(18, 300 * DAY), (200, 7 * DAY - dt.timedelta(seconds=1))]
    )
    def test_takes_both(self, job: Job, before: int, after: dt.timedelta) -> None:
        fail(job, before=before, after=after)

        assert job.state == JobState.ACTIVE

    def test_of_a_job_that_never_succeeded_counts_from_its_beginning(self, job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(last_success_at=None)

        fail(job, before=19, after=7 * DAY)

        assert job.state == JobState.PAUSED

    def test_is_not_for_jobs_that_must_go_on(self, in_scope: Organization) -> None:
        Job.objects.all().delete()
        job = standing_job(in_scope, kind=JobKind.UPKEEP, last_success_at=BEGAN)

        fail(job, before=50, after=70 * DAY)

        assert (job.state, job.consecutive_failures) == (JobState.ACTIVE, 51)
        assert job.warned_at is not None

    def test_is_not_for_what_runs_once(self, in_scope: Organization) -> None:
        job = Job.objects.create(org=in_scope, kind=JobKind.IMPORT, last_success_at=BEGAN)

        fail(job, before=50, after=70 * DAY)

        assert job.state == JobState.ARCHIVED

    def test_after_a_resume_takes_twenty_more(self, job: Job, owner_user: User) -> None:
        fail(job, before=19, after=7 * DAY)
        resume(job, owner_user)
        job.refresh_from_db()

        fail(job, before=job.consecutive_failures, after=8 * DAY)

        assert (job.state, job.consecutive_failures) == (JobState.ACTIVE, 1)


class TestSuccess:
    def test_begins_the_row_anew(self, job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(consecutive_failures=12, warned_at=BEGAN)

        with time_machine.travel(BEGAN + 9 * DAY, tick=False):
            held = claimed(queue_run(job))
            runs.finish_run(held)

        job.refresh_from_db()
        assert (job.consecutive_failures, job.warned_at) == (0, None)
        assert job.last_success_at == BEGAN + 9 * DAY


class TestWhatDoesNotCount:
    @pytest.mark.parametrize("failure", [None, GONE])
    def test_a_dry_run(self, job: Job, failure: object) -> None:
        before = Job.objects.filter(pk=job.pk).values().get()
        held = claimed(queue_run(job, is_dry_run=True))

        if failure is None:
            runs.finish_run(held)
        else:
            runs.fail_run(held, GONE)

        assert Job.objects.filter(pk=job.pk).values().get() == before

    def test_what_somebody_cancelled(self, job: Job) -> None:
        before = Job.objects.filter(pk=job.pk).values().get()
        run = queue_run(job)
        held = claimed(run)
        runs.request_cancel(run, by=None)

        runs.cancel_run(held)

        assert Job.objects.filter(pk=job.pk).values().get() == before

    def test_a_try_that_another_follows(self, job: Job) -> None:
        run = fail(
            job, before=0, after=DAY, failure=classify(FetchError("Away.", fetch_code="network"))
        )

        run.refresh_from_db()
        assert (run.state, job.consecutive_failures) == (RunState.RETRY_WAIT, 0)

    def test_but_a_run_whose_workers_were_lost_does(self, job: Job) -> None:
        run = queue_run(job)
        claimed(run)
        long_ago = timezone.now() - HOUR
        SyncRun.objects.filter(pk=run.pk).update(lost_streak=2, lease_expires_at=long_ago)

        assert claims.sweep() == 1

        job.refresh_from_db()
        assert job.consecutive_failures == 1


class TestAScheduleThatStops:
    def test_does_so_where_somebody_must_act(self, job: Job) -> None:
        fail(job, before=0, after=DAY, failure=UNREADABLE)

        assert (job.state, job.next_due_at) == (JobState.ACTIVE, None)
        with time_machine.travel(timezone.now() + 2 * HOUR):
            assert queue_due_jobs() == 0

    def test_goes_on_once_a_persons_run_succeeds(self, job: Job, owner_user: User) -> None:
        fail(job, before=0, after=DAY, failure=UNREADABLE)

        runs.finish_run(claimed(run_now(job, owner_user).run))

        job.refresh_from_db()
        assert job.next_due_at is not None
        assert job.next_due_at > timezone.now()

    def test_goes_on_once_somebody_edits_it(self, job: Job, owner_user: User) -> None:
        fail(job, before=0, after=DAY, failure=UNREADABLE)

        edit_schedule(job, Cadence(interval_s=7200), owner_user)

        job.refresh_from_db()
        assert job.next_due_at is not None

    def test_goes_on_once_somebody_resumes_it(self, job: Job, owner_user: User) -> None:
        run = fail(job, before=4, after=DAY, failure=UNREADABLE)

        assert resume(job, owner_user)

        job.refresh_from_db()
        assert job.next_due_at is not None
        assert job.consecutive_failures == 0
        assert events_of(run, "resumed") == [{"by": str(owner_user.pk)}]

    def test_does_not_for_a_failure_that_mends_itself(self, job: Job) -> None:
        fail(job, before=0, after=DAY)

        assert job.next_due_at is not None
