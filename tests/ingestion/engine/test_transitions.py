"""The life of a run: yielding, failing, waiting, ending, being called off."""

import datetime as dt

import pytest
from django.db import OperationalError
from django.utils import timezone

from connectors.errors import CorruptFileError, FetchError
from ingestion.engine import claims, runs
from ingestion.models import Job, RunAttempt, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import Lane, RunState, Trigger
from ingestion.taxonomy import JITTER, LADDER_S, WATCHED_LADDER_S, classify
from tenants.models import Organization
from tests.ingestion.support import claimed, queue_run


@pytest.fixture
def job(in_scope: Organization) -> Job:
    return Job.objects.create(org=in_scope, kind="import")


@pytest.fixture
def run(job: Job) -> SyncRun:
    return queue_run(job)


def come_due(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(run_after=timezone.now() - dt.timedelta(hours=1))


def network_down() -> FetchError:
    return FetchError("The source is away.", fetch_code="network")


class TestStartRun:
    def test_while_one_waits_returns_that_one(self, job: Job, run: SyncRun) -> None:
        assert runs.start_run(job).pk == run.pk
        assert SyncRun.objects.count() == 1

    def test_brings_a_later_one_forward(self, job: Job) -> None:
        later = runs.start_run(job, run_after=timezone.now() + dt.timedelta(hours=1))

        runs.start_run(job)

        later.refresh_from_db()
        assert later.run_after <= timezone.now()

    def test_while_one_works_queues_the_next(self, job: Job, run: SyncRun) -> None:
        claimed(run)

        following = runs.start_run(job)

        assert following.pk != run.pk
        assert runs.start_run(job).pk == following.pk

    def test_a_dry_run_waits_beside_a_real_one(self, job: Job, run: SyncRun) -> None:
        assert runs.start_run(job, is_dry_run=True).pk != run.pk


class TestYieldRun:
    def test_keeps_the_attempt(self, run: SyncRun) -> None:
        held = claimed(run)

        runs.yield_run(held)

        run.refresh_from_db()
        assert (run.state, run.attempt, run.slices) == (RunState.QUEUED, 0, 1)
        come_due(run)
        claimed(run)
        run.refresh_from_db()
        assert (run.attempt, run.slices) == (1, 2)
        assert RunAttempt.objects.filter(run=run).count() == 1

    def test_goes_back_in_line_beside_the_next_one(self, job: Job, run: SyncRun) -> None:
        held = claimed(run)
        following = runs.start_run(job)

        runs.yield_run(held)

        run.refresh_from_db()
        assert (run.state, following.state) == (RunState.QUEUED, RunState.QUEUED)


class TestFailRun:
    @pytest.mark.parametrize("attempt", range(1, 5))
    def test_climbs_the_ladder(self, run: SyncRun, attempt: int) -> None:
        SyncRun.objects.filter(pk=run.pk).update(failed_streak=attempt - 1, lane=Lane.BULK)
        held = claimed(run)
        began = timezone.now()

        runs.fail_run(held, classify(network_down()))

        run.refresh_from_db()
        waited_s = (run.run_after - began).total_seconds()
        step_s = LADDER_S[attempt - 1]
        assert run.state == RunState.RETRY_WAIT
        assert step_s * (1 - JITTER) <= waited_s <= step_s * (1 + JITTER) + 5

    def test_comes_sooner_where_somebody_watches(self, run: SyncRun) -> None:
        held = claimed(run)
        began = timezone.now()

        runs.fail_run(held, classify(network_down()))

        run.refresh_from_db()
        waited_s = (run.run_after - began).total_seconds()
        assert waited_s <= WATCHED_LADDER_S[0] * (1 + JITTER) + 5

    @pytest.mark.parametrize("trigger", [Trigger.PERSON, Trigger.API])
    def test_comes_sooner_for_long_work_too_where_somebody_asked_for_it(
        self, run: SyncRun, trigger: Trigger
    ) -> None:
        SyncRun.objects.filter(pk=run.pk).update(lane=Lane.BULK, trigger=trigger)
        held = claimed(run)
        began = timezone.now()

        runs.fail_run(held, classify(network_down()))

        run.refresh_from_db()
        waited_s = (run.run_after - began).total_seconds()
        assert waited_s <= WATCHED_LADDER_S[0] * (1 + JITTER) + 5

    def test_honours_what_the_source_asks(self, run: SyncRun) -> None:
        held = claimed(run)
        began = timezone.now()
        asked = FetchError("Slow down.", fetch_code="rate_limited", retry_after_s=7_200)

        runs.fail_run(held, classify(asked))

        run.refresh_from_db()
        assert run.run_after - began >= dt.timedelta(seconds=7_190)

    def test_ends_after_the_last_attempt(self, run: SyncRun) -> None:
        SyncRun.objects.filter(pk=run.pk).update(failed_streak=5)

        runs.fail_run(claimed(run), classify(network_down()))

        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.FAILED, "network")

    def test_asks_for_action_at_once_where_only_the_person_can_mend_it(self, run: SyncRun) -> None:
        refused = CorruptFileError("The file breaks off. Download it again.")

        runs.fail_run(claimed(run), classify(refused))

        run.refresh_from_db()
        assert run.state == RunState.ACTION_REQUIRED
        assert run.user_message == "The file breaks off. Download it again."
        attempt = RunAttempt.objects.get(run=run)
        assert (attempt.outcome, attempt.error_code) == ("failed", "upload_corrupt")

    def test_tries_twice_more_after_a_fault_of_ours(self, run: SyncRun) -> None:
        states = []
        for _ in range(3):
            come_due(run)
            runs.fail_run(claimed(run), classify(ZeroDivisionError("ours")))
            run.refresh_from_db()
            states.append(run.state)

        assert states == [RunState.RETRY_WAIT, RunState.RETRY_WAIT, RunState.FAILED]
        assert RunAttempt.objects.filter(run=run).count() == 3

    def test_begins_the_ladder_anew_after_progress(self, run: SyncRun) -> None:
        for _ in range(12):
            come_due(run)
            held = claimed(run)
            SyncRun.objects.filter(pk=run.pk).update(progress_at=timezone.now())
            runs.fail_run(held, classify(network_down()))

        run.refresh_from_db()
        assert (run.state, run.attempt, run.failed_streak) == (RunState.RETRY_WAIT, 12, 1)

    def test_counts_on_over_slices_that_wrote_nothing(self, run: SyncRun) -> None:
        for _ in range(2):
            come_due(run)
            runs.fail_run(claimed(run), classify(network_down()))
            come_due(run)
            runs.yield_run(claimed(run))

        run.refresh_from_db()
        assert run.failed_streak == 2

    def test_forgets_failures_after_a_slice_that_wrote(self, run: SyncRun) -> None:
        runs.fail_run(claimed(run), classify(network_down()))
        come_due(run)
        held = claimed(run)
        SyncRun.objects.filter(pk=run.pk).update(progress_at=timezone.now())

        runs.yield_run(held)

        run.refresh_from_db()
        assert run.failed_streak == 0

    def test_waits_beside_the_next_one(self, job: Job, run: SyncRun) -> None:
        held = claimed(run)
        runs.start_run(job)

        runs.fail_run(held, classify(network_down()))

        run.refresh_from_db()
        assert run.state == RunState.RETRY_WAIT


class TestClassify:
    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (CorruptFileError("x"), ("config_error", "upload_corrupt")),
            (network_down(), ("transient_error", "network")),
            (FetchError("x", fetch_code="not_found"), ("data_error", "not_found")),
            (OperationalError("x"), ("transient_error", "db_unavailable")),
            (OSError("x"), ("transient_error", "storage_unavailable")),
            (KeyError("x"), ("system_error", "internal_error")),
        ],
    )
    def test_says_who_must_act(self, error: Exception, expected: tuple[str, str]) -> None:
        failure = classify(error)

        assert (failure.failure_type, failure.code) == expected

    def test_keeps_secrets_out_of_what_is_stored(self) -> None:
        error = OSError("GET https://me:hunter2@example.com/?token=abc123 Bearer xyz987")

        kept = classify(error).internal_message

        assert not any(secret in kept for secret in ("hunter2", "abc123", "xyz987"))


class TestEnding:
    def test_well_archives_a_one_off_job(self, job: Job, run: SyncRun) -> None:
        runs.finish_run(claimed(run))

        job.refresh_from_db()
        run.refresh_from_db()
        assert (run.state, run.lease_token) == (RunState.SUCCEEDED, None)
        assert job.state == JobState.ARCHIVED

    def test_well_leaves_no_trace_of_what_went_wrong_before(self, run: SyncRun) -> None:
        SyncRun.objects.filter(pk=run.pk).update(lost_streak=1)
        runs.fail_run(claimed(run), classify(network_down()))
        come_due(run)

        runs.finish_run(claimed(run))

        run.refresh_from_db()
        traces = (run.failed_streak, run.lost_streak, run.failure_type, run.user_message)
        assert traces == (0, 0, "", "")

    def test_of_a_dry_run_leaves_the_job_open(self, job: Job) -> None:
        look = queue_run(job, is_dry_run=True)

        runs.finish_run(claimed(look))

        job.refresh_from_db()
        assert job.state == JobState.ACTIVE

    def test_with_failed_records_says_so(self, run: SyncRun) -> None:
        runs.finish_run(claimed(run), with_warnings=True)

        run.refresh_from_db()
        assert run.state == RunState.WARNINGS


class TestRequestCancel:
    def test_ends_a_waiting_run_at_once(self, run: SyncRun) -> None:
        assert runs.request_cancel(run, by=None)

        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.CANCELLED, "cancelled_by_user")

    def test_only_asks_a_working_one(self, run: SyncRun) -> None:
        claimed(run)

        assert runs.request_cancel(run, by=None)

        run.refresh_from_db()
        assert run.state == RunState.RUNNING
        assert run.cancel_requested_at is not None

    def test_archives_the_job_of_a_waiting_run_as_any_end_does(
        self, job: Job, run: SyncRun
    ) -> None:
        runs.request_cancel(run, by=None)

        job.refresh_from_db()
        assert job.state == JobState.ARCHIVED

    def test_closes_the_try_of_a_run_between_two_slices(self, run: SyncRun) -> None:
        runs.yield_run(claimed(run))

        runs.request_cancel(run, by=None)

        attempt = RunAttempt.objects.get(run=run)
        assert (attempt.outcome, attempt.finished_at is not None) == ("cancelled", True)

    def test_of_a_working_run_counts_when_it_yields(self, run: SyncRun) -> None:
        held = claimed(run)
        runs.request_cancel(run, by=None)

        runs.yield_run(held)

        run.refresh_from_db()
        assert run.state == RunState.CANCELLED

    def test_of_a_working_run_spares_it_the_retry(self, run: SyncRun) -> None:
        held = claimed(run)
        runs.request_cancel(run, by=None)

        runs.fail_run(held, classify(network_down()))

        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.CANCELLED, "cancelled_by_user")
        assert RunAttempt.objects.get(run=run).error_code == "network"

    def test_of_a_working_run_holds_when_its_worker_is_lost(self, run: SyncRun) -> None:
        claimed(run)
        runs.request_cancel(run, by=None)
        long_ago = timezone.now() - dt.timedelta(hours=1)
        SyncRun.objects.filter(pk=run.pk).update(lease_expires_at=long_ago)

        assert claims.sweep() == 1

        run.refresh_from_db()
        assert run.state == RunState.CANCELLED

    def test_changes_nothing_about_one_that_has_ended(self, run: SyncRun) -> None:
        runs.finish_run(claimed(run))
        before = SyncRun.objects.filter(pk=run.pk).values().get()

        assert not runs.request_cancel(run, by=None)
        assert SyncRun.objects.filter(pk=run.pk).values().get() == before
