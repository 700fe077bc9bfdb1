"""Two people at once, or a person and a worker, each on a connection of their own."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from connectors.errors import CorruptFileError
from ingestion.control import Queued, cancel, pause, run_now
from ingestion.control.locks import locked
from ingestion.engine import claims, runs
from ingestion.engine.claims import fence
from ingestion.imports.foreground import reload
from ingestion.imports.kind import ImportKind
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.stages.queueing import start_stage_run
from ingestion.taxonomy import classify
from media.models.stage import Stage
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.control.support import HOUR
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.engine.test_races import Somebody
from tests.ingestion.stages.units import queue_pictures, queue_stage
from tests.ingestion.support import claimed, queue_import, queue_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(org: Organization) -> Job:
    with org_scope(org.pk):
        return Job.objects.get(kind=JobKind.UPKEEP)


def test_two_who_ask_at_once_get_one_run(org: Organization, job: Job) -> None:
    found: list[Queued] = []

    with org_scope(org.pk):
        first = run_now(job, None)
        second = Somebody(org, lambda: found.append(run_now(job, None)))
    second.finish()

    assert [(queued.run, queued.is_new) for queued in found] == [(first.run, False)]
    with org_scope(org.pk):
        assert SyncRun.objects.filter(job=job).count() == 1


def test_asking_while_a_worker_ends_its_run_hinders_neither(org: Organization, job: Job) -> None:
    held = claimed(queue_run(job))
    found: list[Queued] = []

    with org_scope(org.pk):
        run = fence(held)
        person = Somebody(org, lambda: found.append(run_now(job, None)))
        # It counts the success of the job, behind the lock of its run.
        runs.finish_run(held)
    person.finish()

    assert reload(run).state == RunState.SUCCEEDED
    [queued] = found
    assert (queued.run != run, queued.is_new) == (True, True)


def test_a_pause_that_meets_the_end_of_a_slice_holds(org: Organization, job: Job) -> None:
    held = claimed(queue_run(job))

    with org_scope(org.pk):
        run = fence(held)
        person = Somebody(org, lambda: pause(job, None))
        runs.yield_run(held)
    person.finish()

    assert claims.claim() is None
    assert reload(run).state == RunState.QUEUED
    with org_scope(org.pk):
        job.refresh_from_db()
    assert job.state == JobState.PAUSED


def test_a_cancel_that_meets_run_now_ends_what_was_to_come(org: Organization, job: Job) -> None:
    run = queue_run(job)
    found: list[Queued] = []

    with org_scope(org.pk), transaction.atomic():
        cancel(run, None)
        person = Somebody(org, lambda: found.append(run_now(job, None)))
    person.finish()

    assert reload(run).state == RunState.CANCELLED
    [queued] = found
    assert (queued.run.pk != run.pk, queued.is_new) == (True, True)


class TestTheEndOfAnImport:
    """It tells of the pictures, as the end of a fetch and a pause of it do."""

    @pytest.fixture
    def end_import(self, org: Organization) -> Callable[[], None]:
        run = queue_import(org, as_zip(quirky_rows()))
        held = claimed(run)
        with org_scope(org.pk):
            queue_pictures(org, ["https://pictures.example/1.jpg"])
            SyncRun.objects.filter(pk=run.pk).update(raw_count=1, new_count=1)

        def end() -> None:
            ended = fence(held)
            ImportKind().finished(ended)
            runs.finish_run(held)

        return end

    def test_meets_the_end_of_a_fetch(
        self, org: Organization, end_import: Callable[[], None]
    ) -> None:
        with org_scope(org.pk):
            fetch = queue_stage(org, Stage.FETCH)
        held = claimed(fetch)

        def end_fetch() -> None:
            fence(held)
            start_stage_run(org.pk, Stage.FETCH)
            runs.finish_run(held)

        with org_scope(org.pk):
            end_import()
            worker = Somebody(org, end_fetch)
        worker.finish()

        assert reload(fetch).state == RunState.SUCCEEDED

    def test_meets_a_fetch_that_fails(
        self, org: Organization, end_import: Callable[[], None]
    ) -> None:
        with org_scope(org.pk):
            fetch = queue_stage(org, Stage.FETCH)
        held = claimed(fetch)

        with org_scope(org.pk):
            end_import()
            worker = Somebody(
                org, lambda: runs.fail_run(held, classify(CorruptFileError("It breaks off.")))
            )
        worker.finish()

        assert reload(fetch).state == RunState.ACTION_REQUIRED

    @pytest.mark.parametrize("line", ["without a run", "with a run for later"])
    def test_meets_a_pause_of_the_fetch(
        self, org: Organization, end_import: Callable[[], None], line: str
    ) -> None:
        with org_scope(org.pk):
            fetch = Job.objects.get(kind=JobKind.FETCH)
            if line == "with a run for later":
                runs.start_run(fetch, run_after=timezone.now() + HOUR)

        with org_scope(org.pk):
            # The worker holds what it told of, and has yet to commit its run's key to the job.
            end_import()
            person = Somebody(org, lambda: pause(fetch, None))
        person.finish()

        with org_scope(org.pk):
            fetch.refresh_from_db()
            assert fetch.state == JobState.PAUSED
            assert SyncRun.objects.filter(job=fetch).count() == 1

    def test_lets_a_pause_go_first_that_began_before(
        self, org: Organization, end_import: Callable[[], None]
    ) -> None:
        with org_scope(org.pk):
            fetch = Job.objects.get(kind=JobKind.FETCH)
            run = runs.start_run(fetch, run_after=timezone.now() + HOUR)

        with org_scope(org.pk):
            locked(fetch)
            worker = Somebody(org, end_import)
            # The worker waits for the run that it brings forward, and holds no dataset meanwhile.
            pause(fetch, None)
        worker.finish()

        assert reload(run).run_after <= timezone.now()
        with org_scope(org.pk):
            fetch.refresh_from_db()
        assert fetch.state == JobState.PAUSED

    def test_queues_its_fetch_while_a_person_holds_the_job(
        self, org: Organization, end_import: Callable[[], None]
    ) -> None:
        with org_scope(org.pk):
            fetch = Job.objects.get(kind=JobKind.FETCH)

        with org_scope(org.pk):
            locked(fetch)
            worker = Somebody(org, end_import)
            # It does not wait for the job: its run is there before the person is done.
            worker.finish()
            assert SyncRun.objects.filter(job=fetch).count() == 1
