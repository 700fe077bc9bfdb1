"""Jobs that are paused, resumed, and given another schedule; runs that are called off."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from ingestion.control import cancel, edit_schedule, pause, resume, run_now
from ingestion.control.errors import JobArchivedError
from ingestion.engine import claims, runs
from ingestion.errors import CadenceInvalidError
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.schedule.cadence import Cadence
from ingestion.schedule.due import queue_due_jobs
from ingestion.signals import job_paused, job_resumed
from tenants.models import Organization, User
from tests.ingestion.control.support import DAY, HOUR, events_of, run_ids, standing_job
from tests.ingestion.support import claimed, queue_run


@pytest.fixture
def job(in_scope: Organization) -> Job:
    Job.objects.all().delete()
    return standing_job(in_scope, kind=JobKind.UPKEEP)


@pytest.fixture
def told() -> Iterator[list[tuple[str, Any]]]:
    """What was told of jobs, in order."""
    heard: list[tuple[str, Any]] = []

    def hear_paused(*, job: Job, **_: Any) -> None:
        heard.append(("paused", job.pk))

    def hear_resumed(*, job: Job, **_: Any) -> None:
        heard.append(("resumed", job.pk))

    job_paused.connect(hear_paused)
    job_resumed.connect(hear_resumed)
    yield heard
    job_paused.disconnect(hear_paused)
    job_resumed.disconnect(hear_resumed)


class TestPause:
    def test_says_by_whom_and_why(
        self, job: Job, owner_user: User, told: list[tuple[str, Any]]
    ) -> None:
        assert pause(job, owner_user, "  Moving house ")

        job.refresh_from_db()
        assert (job.state, job.paused_by) == (JobState.PAUSED, owner_user)
        assert job.pause_reason == "Moving house"
        assert told == [("paused", job.pk)]

    def test_keeps_a_waiting_run_from_the_workers(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)

        pause(job, owner_user)

        assert claims.claim() is None
        assert claims.due_count() == 0
        assert events_of(run, "paused") == [{"by": str(owner_user.pk), "reason": ""}]

    def test_takes_effect_at_the_next_slice(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        held = claimed(run)

        pause(job, owner_user)

        assert claims.renew(held)
        runs.yield_run(held)
        assert claims.claim() is None

    def test_keeps_the_tick_from_queueing_the_job(self, job: Job, owner_user: User) -> None:
        pause(job, owner_user)

        with time_machine.travel(timezone.now() + 2 * HOUR):
            assert queue_due_jobs() == 0

        assert run_ids(job) == []

    def test_a_second_time_changes_nothing(
        self, job: Job, owner_user: User, told: list[tuple[str, Any]]
    ) -> None:
        pause(job, owner_user, "Moving house")

        assert not pause(job, None, "Something else")

        job.refresh_from_db()
        assert (job.paused_by, job.pause_reason) == (owner_user, "Moving house")
        assert len(told) == 1

    def test_a_one_off_job_is_put_away_when_its_run_ends_nevertheless(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = Job.objects.create(org=in_scope, kind=JobKind.IMPORT)
        held = claimed(queue_run(job))
        pause(job, owner_user)

        runs.finish_run(held)

        job.refresh_from_db()
        assert (job.state, job.paused_at) == (JobState.ARCHIVED, None)
        with pytest.raises(JobArchivedError):
            pause(job, owner_user)


class TestResume:
    def test_plans_the_next_run_and_forgets_failures(
        self, job: Job, owner_user: User, told: list[tuple[str, Any]]
    ) -> None:
        pause(job, owner_user, "Moving house")
        Job.objects.filter(pk=job.pk).update(
            consecutive_failures=21, warned_at=timezone.now(), next_due_at=None
        )

        assert resume(job, owner_user)

        job.refresh_from_db()
        assert (job.state, job.paused_at, job.paused_by) == (JobState.ACTIVE, None, None)
        assert (job.pause_reason, job.consecutive_failures, job.warned_at) == ("", 0, None)
        assert job.next_due_at is not None
        assert timezone.now() < job.next_due_at <= timezone.now() + HOUR
        assert [name for name, _ in told] == ["paused", "resumed"]

    def test_lets_a_run_that_waited_for_long_go_on(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        runs.yield_run(claimed(run))
        pause(job, owner_user)
        SyncRun.objects.filter(pk=run.pk).update(deadline_at=timezone.now() - DAY)

        resume(job, owner_user)

        claimed(run)
        assert claims.sweep() == 0
        run.refresh_from_db()
        assert run.state == RunState.RUNNING

    def test_of_a_job_that_is_not_paused_changes_nothing(
        self, job: Job, owner_user: User, told: list[tuple[str, Any]]
    ) -> None:
        before = Job.objects.filter(pk=job.pk).values().get()

        assert not resume(job, owner_user)

        assert Job.objects.filter(pk=job.pk).values().get() == before
        assert told == []


class TestEditSchedule:
    def test_plans_the_next_run_by_it(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)

        with time_machine.travel(dt.datetime(2030, 1, 7, 12, tzinfo=dt.UTC), tick=False):
            edit_schedule(job, Cadence(cron="30 6 * * *", timezone="Europe/Copenhagen"), owner_user)

        job.refresh_from_db()
        assert job.cadence == Cadence(cron="30 6 * * *", timezone="Europe/Copenhagen")
        assert job.next_due_at == dt.datetime(2030, 1, 8, 5, 30, tzinfo=dt.UTC)
        [told] = events_of(run, "schedule_edited")
        assert (told["by"], told["cron"]) == (str(owner_user.pk), "30 6 * * *")

    def test_without_interval_and_cron_it_runs_only_when_asked(
        self, job: Job, owner_user: User
    ) -> None:
        edit_schedule(job, Cadence(), owner_user)

        job.refresh_from_db()
        assert job.next_due_at is None

    def test_refuses_what_cannot_be_meant(self, job: Job, owner_user: User) -> None:
        with pytest.raises(CadenceInvalidError):
            edit_schedule(job, Cadence(interval_s=1), owner_user)

        job.refresh_from_db()
        assert job.interval_s == 3600

    def test_refuses_what_runs_once(self, in_scope: Organization, owner_user: User) -> None:
        job = Job.objects.create(org=in_scope, kind=JobKind.IMPORT)

        with pytest.raises(JobArchivedError, match="runs once"):
            edit_schedule(job, Cadence(interval_s=3600), owner_user)


class TestCancel:
    def test_says_who_called_it_off(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        held = claimed(run)

        assert cancel(run, owner_user)
        assert cancel(run, owner_user)

        assert events_of(run, "cancel_requested") == [{"by": str(owner_user.pk)}]
        runs.cancel_run(held)
        run.refresh_from_db()
        assert (run.state, run.cancel_requested_by) == (RunState.CANCELLED, owner_user)
        assert not cancel(run, owner_user)

    def test_leaves_room_for_a_new_run(self, job: Job, owner_user: User) -> None:
        run = run_now(job, owner_user).run
        cancel(run, owner_user)

        assert run_now(job, owner_user).is_new
