"""What people ask of jobs: run now, try again now, a stage once more."""

import datetime as dt

import pytest
from django.utils import timezone

from connectors.errors import CorruptFileError, FetchError
from ingestion.control import cancel, pause, retry_now, run_now, run_stage
from ingestion.control.errors import (
    JobArchivedError,
    JobPausedError,
    NothingToRunError,
    SourceBlockedError,
)
from ingestion.engine import claims, runs
from ingestion.errors import KindUnknownError
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Lane, RunMode, RunState, Trigger
from ingestion.taxonomy import classify
from media.again import Which
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.errors import NotReadyError
from tenants.models import Organization, User
from tests.ingestion.control.support import (
    HOUR,
    events_of,
    let_wait,
    make_connection,
    run_ids,
    standing_job,
)
from tests.ingestion.stages.units import queue_pictures
from tests.ingestion.support import claimed, make_due, queue_run

NETWORK_DOWN = classify(FetchError("The source is away.", fetch_code="network"))


@pytest.fixture
def job(in_scope: Organization) -> Job:
    return standing_job(in_scope, kind=JobKind.UPKEEP)


@pytest.fixture(autouse=True)
def without_upkeep(in_scope: Organization) -> None:
    """The organization's own nightly job would be a second one."""
    Job.objects.all().delete()


class TestRunNow:
    def test_queues_a_run_in_the_lane_of_people(self, job: Job, owner_user: User) -> None:
        queued = run_now(job, owner_user)

        run = queued.run
        assert queued.is_new
        assert (run.state, run.lane, run.trigger) == (
            RunState.QUEUED,
            Lane.INTERACTIVE,
            Trigger.PERSON,
        )
        assert run.created_by == owner_user
        assert claims.claim(run_id=run.pk) is not None
        assert events_of(run, "asked_for") == [{"by": str(owner_user.pk), "mode": "normal"}]

    def test_a_stage_waits_with_what_takes_as_long(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = standing_job(in_scope, kind=JobKind.FETCH)

        assert run_now(job, owner_user).run.lane == Lane.BULK

    def test_a_run_that_work_queued_is_watched_from_then_on(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = standing_job(in_scope, kind=JobKind.FETCH)
        waiting = runs.start_run(job)

        run = run_now(job, owner_user).run

        assert (run.pk, run.lane, run.trigger) == (waiting.pk, Lane.BULK, Trigger.PERSON)
        assert run_now(job, owner_user, trigger=Trigger.API).run.trigger == Trigger.API

    def test_a_second_time_returns_the_run_that_waits(self, job: Job, owner_user: User) -> None:
        first = run_now(job, owner_user).run

        again = run_now(job, owner_user)

        assert (again.run, again.is_new) == (first, False)
        assert run_ids(job) == [first.pk]
        assert events_of(first, "due_now") == []

    def test_a_run_that_was_to_come_later_comes_due(self, job: Job, owner_user: User) -> None:
        later = runs.start_run(job, run_after=timezone.now() + HOUR)

        queued = run_now(job, owner_user)

        assert (queued.run.pk, queued.is_new) == (later.pk, False)
        assert queued.run.run_after <= timezone.now()
        assert queued.run.lane == Lane.INTERACTIVE
        assert events_of(later, "due_now") == [{"by": str(owner_user.pk)}]

    def test_a_run_that_waits_to_be_tried_again_comes_due_and_keeps_what_it_read(
        self, job: Job, owner_user: User
    ) -> None:
        run = queue_run(job)
        SyncRun.objects.filter(pk=run.pk).update(raw_count=7, new_count=7)
        runs.fail_run(claimed(run), NETWORK_DOWN)

        queued = run_now(job, owner_user)

        assert (queued.run.pk, queued.is_new) == (run.pk, False)
        assert (queued.run.state, queued.run.raw_count) == (RunState.QUEUED, 7)
        assert (queued.run.failed_streak, queued.run.error_code) == (0, "")
        assert claims.claim(run_id=run.pk) is not None

    def test_returns_the_run_at_work(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        claimed(run)

        queued = run_now(job, owner_user)

        assert (queued.run.pk, queued.is_new) == (run.pk, False)
        assert queued.run.state == RunState.RUNNING

    def test_lets_nobody_go_before_the_source_does(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        until = timezone.now() + HOUR
        connection = make_connection(in_scope, blocked_until=until)
        job = standing_job(in_scope, connection=connection)
        run = queue_run(job)
        let_wait(run)

        with pytest.raises(SourceBlockedError) as refusal:
            run_now(job, owner_user)

        assert "Pinterest asked us to slow down" in refusal.value.message
        assert refusal.value.context == {"until": until.isoformat()}
        run.refresh_from_db()
        assert run.state == RunState.RETRY_WAIT

    def test_says_who_paused_it_and_that_resuming_comes_first(
        self, job: Job, owner_user: User
    ) -> None:
        pause(job, owner_user, "Moving house.")

        with pytest.raises(JobPausedError) as refusal:
            run_now(job, owner_user)

        assert refusal.value.message.startswith("Olive Owner paused “Nightly upkeep” at ")
        assert refusal.value.message.endswith(": Moving house. Resume it first; then it can run.")
        assert run_ids(job) == []

    def test_says_why_a_job_paused_itself(self, job: Job, owner_user: User) -> None:
        pause(job, None, "it failed 20 times in a row")

        with pytest.raises(
            JobPausedError, match=r"” was paused at .*: it failed 20 times in a row"
        ):
            run_now(job, owner_user)

    def test_refuses_what_is_put_away(self, in_scope: Organization, owner_user: User) -> None:
        job = Job.objects.create(org=in_scope, kind=JobKind.IMPORT, state=JobState.ARCHIVED)

        with pytest.raises(JobArchivedError, match="done and put away"):
            run_now(job, owner_user)

    def test_of_a_kind_that_is_gone_says_so(self, in_scope: Organization) -> None:
        job = standing_job(in_scope, kind="of_a_former_version")

        with pytest.raises(KindUnknownError, match="no jobs of the kind “of_a_former_version”"):
            run_now(job, None)

        assert run_ids(job) == []

    @pytest.mark.parametrize("place", ["in line", "at work"])
    def test_beside_a_run_over_a_part_queues_the_whole(
        self, in_scope: Organization, owner_user: User, place: str
    ) -> None:
        job = Job.objects.create(org=in_scope, kind=JobKind.UPKEEP)
        ended = SyncRun.objects.create(org=in_scope, job=job, kind=job.kind, state="succeeded")
        part = runs.start_run(job, mode=RunMode.FAILED, of_run_id=ended.pk)
        make_due(part.pk, in_scope)
        if place == "at work":
            claimed(part)

        queued, again = run_now(job, owner_user), run_now(job, owner_user)

        assert (queued.is_new, queued.run.mode) == (True, RunMode.NORMAL)
        assert (again.is_new, again.run.pk) == (False, queued.run.pk)

    def test_is_done_by_a_run_over_all_again(self, job: Job, owner_user: User) -> None:
        waiting = runs.start_run(job, mode=RunMode.ALL)

        assert run_now(job, owner_user).run.pk == waiting.pk


class TestRetryNow:
    def test_lets_a_waiting_run_go_on_now(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        runs.fail_run(claimed(run), NETWORK_DOWN)

        queued = retry_now(run, owner_user)

        assert (queued.run.pk, queued.is_new) == (run.pk, False)
        assert queued.run.run_after <= timezone.now()

    @pytest.mark.parametrize("state", [RunState.FAILED, RunState.DEAD, RunState.ACTION_REQUIRED])
    def test_queues_another_of_one_that_ended_badly(
        self, in_scope: Organization, owner_user: User, state: RunState
    ) -> None:
        start, end = timezone.now() - 2 * HOUR, timezone.now() - HOUR
        job = Job.objects.create(org=in_scope, kind=JobKind.UPKEEP, state=JobState.ARCHIVED)
        bad = runs.start_run(job, mode=RunMode.BACKFILL, window=(start, end))
        SyncRun.objects.filter(pk=bad.pk).update(state=state)

        queued = retry_now(bad, owner_user)

        assert queued.is_new
        assert queued.run.pk != bad.pk
        found = (queued.run.mode, queued.run.window_from, queued.run.window_to)
        assert found == (RunMode.BACKFILL, start, end)
        job.refresh_from_db()
        assert job.state == JobState.ACTIVE

    def test_takes_no_run_over_another_part_for_it(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = Job.objects.create(org=in_scope, kind=JobKind.UPKEEP)
        now = timezone.now()
        bad = runs.start_run(job, mode=RunMode.BACKFILL, window=(now - 2 * HOUR, now - HOUR))
        SyncRun.objects.filter(pk=bad.pk).update(state=RunState.FAILED)
        other = runs.start_run(job, mode=RunMode.BACKFILL, window=(None, now))

        queued = retry_now(bad, owner_user)

        assert queued.is_new
        assert queued.run.pk not in (bad.pk, other.pk)
        assert queued.run.window_to == bad.window_to

    def test_asked_twice_queues_one(self, job: Job, owner_user: User) -> None:
        bad = queue_run(job)
        runs.fail_run(claimed(bad), classify(CorruptFileError("It breaks off.")))

        first, second = retry_now(bad, owner_user), retry_now(bad, owner_user)

        assert first.run.pk == second.run.pk
        assert (first.is_new, second.is_new) == (True, False)

    def test_a_cancelled_run_is_never_tried_again(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        cancel(run, owner_user)

        with pytest.raises(NotReadyError, match="was cancelled, and stays so"):
            retry_now(run, owner_user)

        assert run_ids(job) == [run.pk]

    def test_one_that_ended_well_needs_none(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        runs.finish_run(claimed(run))

        with pytest.raises(NotReadyError, match="ended well"):
            retry_now(run, owner_user)

    def test_a_run_of_a_paused_job_stays_where_it_is(self, job: Job, owner_user: User) -> None:
        run = queue_run(job)
        let_wait(run)
        pause(job, owner_user)

        with pytest.raises(JobPausedError):
            retry_now(run, owner_user)

        run.refresh_from_db()
        assert run.state == RunState.RETRY_WAIT


class TestRunStage:
    def test_queues_what_failed_once_more(self, in_scope: Organization, owner_user: User) -> None:
        first, _ = queue_pictures(in_scope, ["https://a.example/1", "https://a.example/2"])
        StageState.objects.filter(pk=first.pk).update(status=StageStatus.FAILED, attempts=5)

        queued = run_stage(in_scope, Stage.FETCH, Which.FAILED, owner_user)

        assert (queued.is_new, queued.item_count) == (True, 1)
        assert (queued.run.mode, queued.run.lane) == (RunMode.FAILED, Lane.BULK)
        first.refresh_from_db()
        assert (first.status, first.attempts) == (StageStatus.PENDING, 0)

    def test_joins_the_run_that_waits_for_later(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        queue_pictures(in_scope, ["https://a.example/1"])
        waiting = run_stage(in_scope, Stage.FETCH, Which.MISSING, owner_user).run
        make_due(waiting.pk, in_scope)
        later = timezone.now() + dt.timedelta(minutes=20)
        SyncRun.objects.filter(pk=waiting.pk).update(run_after=later)

        queued = run_stage(in_scope, Stage.FETCH, Which.MISSING, owner_user)

        assert (queued.run.pk, queued.is_new) == (waiting.pk, False)
        assert queued.run.run_after <= timezone.now()

    @pytest.mark.parametrize("which", list(Which))
    def test_says_so_where_there_is_nothing(
        self, in_scope: Organization, owner_user: User, which: Which
    ) -> None:
        with pytest.raises(NothingToRunError, match="nothing to run"):
            run_stage(in_scope, Stage.RENDITION, which, owner_user)

        assert not SyncRun.objects.exists()

    def test_a_paused_stage_is_left_alone(self, in_scope: Organization, owner_user: User) -> None:
        [unit] = queue_pictures(in_scope, ["https://a.example/1"])
        StageState.objects.filter(pk=unit.pk).update(status=StageStatus.FAILED)
        pause(standing_job(in_scope, kind=Stage.FETCH), owner_user)

        with pytest.raises(JobPausedError):
            run_stage(in_scope, Stage.FETCH, Which.ALL, owner_user)

        unit.refresh_from_db()
        assert unit.status == StageStatus.FAILED
