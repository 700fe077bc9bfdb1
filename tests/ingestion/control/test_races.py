"""Two people at once, or a person and a worker, each on a connection of their own."""

import pytest
from django.db import transaction

from ingestion.control import Queued, cancel, pause, run_now
from ingestion.engine import claims, runs
from ingestion.engine.claims import fence
from ingestion.imports.foreground import reload
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.engine.test_races import Somebody
from tests.ingestion.support import claimed, queue_run

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
