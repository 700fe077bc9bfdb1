"""What is kept of runs, and for how long."""

import datetime as dt

import pytest
from django.utils import timezone

from ingestion.models import Job, RunAttempt, RunEvent, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.retention import LAST_RUNS_KEPT, prune_runs
from tenants.models import Organization
from tenants.scope import org_scope

pytestmark = pytest.mark.django_db


def runs(job: Job, count: int, *, days_old: int) -> list[SyncRun]:
    """Store runs that ended so many days ago, each with a try and a line of its timeline."""
    at = timezone.now() - dt.timedelta(days=days_old)
    found = []
    for _ in range(count):
        run = SyncRun.objects.create(
            org_id=job.org_id, job=job, kind=job.kind, state=RunState.SUCCEEDED, finished_at=at
        )
        SyncRun.objects.filter(pk=run.pk).update(created_at=at)
        RunAttempt.objects.create(org_id=job.org_id, run=run, number=1, worker="w")
        RunEvent.objects.create(org_id=job.org_id, run=run, name="queued")
        found.append(run)
    return found


@pytest.fixture
def job(in_scope: Organization) -> Job:
    return Job.objects.get(kind="rendition")


def left(job: Job) -> tuple[int, int, int]:
    """Return how many rows, tries and events there are of the job's runs."""
    return (
        SyncRun.objects.filter(job=job).count(),
        RunAttempt.objects.filter(run__job=job).count(),
        RunEvent.objects.filter(run__job=job).count(),
    )


class TestRuns:
    def test_keep_their_row_for_400_days_and_their_detail_for_30(self, job: Job) -> None:
        runs(job, 3, days_old=401)
        runs(job, 4, days_old=31)
        runs(job, 2, days_old=29)
        runs(job, LAST_RUNS_KEPT, days_old=1)

        deleted = prune_runs()

        assert left(job) == (16, 12, 12)
        assert deleted == 2 * 7 + 3

    def test_are_kept_whole_while_they_are_the_last_of_their_job(self, job: Job) -> None:
        runs(job, LAST_RUNS_KEPT, days_old=999)

        assert prune_runs() == 0
        assert left(job) == (10, 10, 10)

    def test_a_second_time_there_is_nothing_left_to_do(self, job: Job) -> None:
        runs(job, 15, days_old=500)

        assert (prune_runs() > 0, prune_runs()) == (True, 0)

    def test_of_another_organization_are_not_touched(
        self, in_scope: Organization, other_org: Organization
    ) -> None:
        with org_scope(other_org.pk):
            theirs = Job.objects.get(kind="rendition")
            runs(theirs, 15, days_old=500)

        prune_runs()

        with org_scope(other_org.pk):
            assert left(theirs) == (15, 15, 15)


class TestOneOffJobs:
    def archived(self, org: Organization, kind: str, *, days_old: int) -> Job:
        at = timezone.now() - dt.timedelta(days=days_old)
        job = Job.objects.create(org=org, kind=kind, state=JobState.ARCHIVED, archived_at=at)
        runs(job, 1, days_old=days_old)
        return job

    def test_go_with_their_run(self, in_scope: Organization) -> None:
        old = self.archived(in_scope, "change", days_old=401)
        young = self.archived(in_scope, "change", days_old=399)

        assert prune_runs() == 1

        kept = Job.objects.filter(kind="change")
        assert (list(kept), left(old), left(young)) == ([young], (0, 0, 0), (1, 1, 1))

    def test_that_were_imports_stay_as_the_report_of_what_came(
        self, in_scope: Organization
    ) -> None:
        job = self.archived(in_scope, "import", days_old=999)
        runs(job, 15, days_old=999)

        prune_runs()

        assert left(job) == (16, 10, 10)
