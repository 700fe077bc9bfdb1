"""What is kept of runs, and for how long."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from ingestion import retention
from ingestion.models import Job, RunAttempt, RunEvent, RunItem, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunMode, RunState
from ingestion.retention import LAST_RUNS_KEPT, prune_runs
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.ingestion.drops.support import items_of, look, put, watched
from tests.ingestion.pipelines.support import make_run, make_source
from tests.ingestion.views.support import text_of

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


def old_look(job: Job, *outcomes: str, days_old: int = 40, **values: Any) -> SyncRun:
    """Store a look through a folder that ended so many days ago, with what became of its files."""
    failed = outcomes.count("failed")
    at = timezone.now() - dt.timedelta(days=days_old)
    counts = {"raw_count": len(outcomes), "failed_count": failed}
    run = make_run(job, started_at=at, new_count=len(outcomes) - failed, **(counts | values))
    with org_scope(job.org_id):
        for place, outcome in enumerate(outcomes):
            RunItem.objects.create(
                org_id=job.org_id, run=run, ordinal=place, outcome=outcome, source_ref=f"{place}"
            )
    return run


class TestRecords:
    """What became of single records."""

    @pytest.fixture
    def folder(self, org: Organization) -> Job:
        return make_source(org)[1]

    def prune(self, folder: Job) -> None:
        """Prune when the folder was looked through many more times, and nothing was there."""
        for _ in range(LAST_RUNS_KEPT):
            old_look(folder, days_old=1)
        with org_scope(folder.org_id):
            prune_runs()

    def left(self, run: SyncRun) -> list[str]:
        """Return what became of the records that are kept of a run."""
        return [outcome for _, outcome, _ in items_of(run)]

    def test_are_kept_for_30_days(self, folder: Job) -> None:
        old = old_look(folder, "new", "failed", days_old=31)
        young = old_look(folder, "new", "failed", days_old=29)

        self.prune(folder)

        assert (self.left(old), self.left(young)) == ([], ["new", "failed"])

    def test_that_failed_stay_of_the_last_run_that_told_of_all(self, folder: Job) -> None:
        runs = [old_look(folder, "new", "failed", days_old=age) for age in (43, 42, 41)]
        old_look(folder, "new", days_old=40)

        self.prune(folder)

        assert [self.left(run) for run in runs] == [[], [], ["failed"]]

    @pytest.mark.parametrize(
        "values",
        [
            {"mode": RunMode.FAILED},
            {"mode": RunMode.BACKFILL},
            {"state": RunState.FAILED},
            {"is_dry_run": True},
        ],
    )
    def test_of_a_run_over_a_part_take_no_place_of_others(
        self, folder: Job, values: dict[str, Any]
    ) -> None:
        whole = old_look(folder, "failed", "failed", days_old=42)
        part = old_look(folder, "failed", days_old=41, **values)

        self.prune(folder)

        assert (self.left(whole), self.left(part)) == (["failed", "failed"], ["failed"])

    def test_of_the_last_runs_of_their_job_stay(self, folder: Job) -> None:
        runs = [old_look(folder, "new", days_old=999) for _ in range(LAST_RUNS_KEPT)]
        with org_scope(folder.org_id):
            prune_runs()

        assert [self.left(run) for run in runs] == [["new"]] * LAST_RUNS_KEPT

    def test_of_imports_stay(self, folder: Job) -> None:
        run = old_look(folder, "new", "failed")
        old_look(folder, "failed", days_old=39)
        with org_scope(folder.org_id):
            SyncRun.objects.filter(pk=run.pk).update(kind=JobKind.IMPORT)

        self.prune(folder)

        assert self.left(run) == ["new", "failed"]

    def test_stay_while_a_run_waits_to_try_them_again(self, folder: Job) -> None:
        run = old_look(folder, "failed", days_old=41)
        old_look(folder, "failed", days_old=39)
        make_run(folder, RunState.QUEUED, mode=RunMode.FAILED, of_run_id=run.pk)

        self.prune(folder)

        assert self.left(run) == ["failed"]

    def test_go_in_bounded_shares(self, folder: Job, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retention, "MOST_DETAILS", 2)
        run = old_look(folder, "new", "new", "new")

        self.prune(folder)

        assert len(self.left(run)) == 1

    def test_that_are_gone_are_said_to_be_gone(
        self, org: Organization, folder: Job, member_client: MemberClient
    ) -> None:
        run = old_look(folder, "failed", "new", days_old=41)
        old_look(folder, "failed", days_old=39)
        address = org_reverse(org, "ingestion:run", run_id=run.pk)
        before = text_of(member_client.get(address))

        self.prune(folder)

        after = text_of(member_client.get(address))
        gone = "The single records of this run are no longer kept; its figures are."
        assert (gone in before, "Retry what failed" in before) == (False, True)
        assert (gone in after, "Retry what failed" in after) == (True, False)
        assert "Failed 1 All records 2" in after

    def test_keep_the_reason_of_a_file_that_is_refused_for_months(self, org: Organization) -> None:
        put(org, "a.json", b"no export at all")
        job = watched(org)
        first, second = look(job), look(job)
        told = items_of(second)
        with org_scope(org.pk):
            long_ago = timezone.now() - dt.timedelta(days=41)
            SyncRun.objects.filter(job=job).update(created_at=long_ago, finished_at=long_ago)
        self.prune(job)
        kept = items_of(second)

        again = look(job)

        assert (items_of(first), kept, items_of(again)) == ([], told, told)
        assert told == [("a.json", "failed", "upload_unsupported")]


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
