"""Imports under the engine: in line, broken off, tried again, begun anew."""

import pytest
from django.core.files.storage import default_storage

from ingestion.engine import claims, drain, runs
from ingestion.imports import kind
from ingestion.imports.foreground import reload
from ingestion.imports.services import cancel_import, check_again, receive_files, start_import
from ingestion.models import ImportFile, Job, RunItem, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.taxonomy import classify
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_json, as_zip, pin, quirky_rows
from tests.ingestion.support import claimed, counts, import_bytes, make_due, queue_import, work
from tests.ingestion.views.support import export

PAGE = 10


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "PAGE_SIZE", PAGE)


def job_of(run: SyncRun) -> Job:
    with org_scope(run.org_id):
        return Job.objects.get(pk=run.job_id)


def pins(first: int, last: int) -> bytes:
    return as_json([pin(number) for number in range(first, last)])


def lose(run: SyncRun) -> None:
    """Let the worker of ``run`` have been killed."""
    with org_scope(run.org_id):
        SyncRun.objects.filter(pk=run.pk).update(lease_expires_at=run.created_at.replace(year=2020))
    assert claims.sweep() == 1


class TestTwoOfOneConnection:
    def queue_unknown(self, org: Organization, content: bytes) -> SyncRun:
        """Queue an import that nobody has looked at, so that its connection is not known."""
        run = queue_import(org, content, name="pins.json")
        with org_scope(org.pk):
            Job.objects.filter(pk=run.job_id).update(connection=None)
            SyncRun.objects.filter(pk=run.pk).update(connection_id=None)
        return reload(run)

    def test_the_second_waits_in_line_and_goes_on(self, org: Organization) -> None:
        first = self.queue_unknown(org, pins(0, 25))
        second = self.queue_unknown(org, pins(20, 45))
        work(first, stop=lambda: True)
        writer = claimed(first)

        second = work(second)

        assert (second.state, second.attempt, second.raw_count) == (RunState.QUEUED, 0, 0)
        assert claims.claim() is None

        with org_scope(org.pk):
            runs.yield_run(writer)
        first, second = work(first), work(second)

        assert (first.state, second.state) == (RunState.SUCCEEDED, RunState.SUCCEEDED)
        assert (second.new_count, second.unchanged_count) == (20, 5)

    def test_the_second_can_be_cancelled_while_it_waits(self, org: Organization) -> None:
        first = self.queue_unknown(org, pins(0, 25))
        second = self.queue_unknown(org, pins(20, 45))
        work(first, stop=lambda: True)
        claimed(first)
        work(second)

        with org_scope(org.pk):
            assert cancel_import(job_of(second), by=None)

        assert reload(second).state == RunState.CANCELLED
        assert job_of(second).state == JobState.ARCHIVED

    def test_one_whose_writer_was_killed_goes_on_after_the_sweep(self, org: Organization) -> None:
        first = self.queue_unknown(org, pins(0, 25))
        second = self.queue_unknown(org, pins(20, 45))
        work(first, stop=lambda: True)
        claimed(first)
        work(second)
        lose(first)

        second = work(second)

        assert second.state == RunState.SUCCEEDED


class TestBrokenOff:
    @pytest.mark.parametrize("is_dry_run", [True, False])
    def test_goes_on_with_figures_that_balance(self, org: Organization, is_dry_run: bool) -> None:  # noqa: FBT001  # a parameter of the test
        rows = [*quirky_rows(), pin(3)]
        whole = counts(import_bytes(org, as_zip(rows), is_dry_run=True))
        run = queue_import(org, as_zip(rows), is_dry_run=is_dry_run)
        for _ in range(3):
            work(run, stop=lambda: True)
            claimed(run)
            lose(run)

        run = work(run)

        assert run.state == RunState.SUCCEEDED
        assert counts(run) == whole
        with org_scope(org.pk):
            places = RunItem.objects.filter(run=run).values_list("ordinal", flat=True)
            assert sorted(places) == list(range(run.raw_count))
            assert Asset.objects.count() == (0 if is_dry_run else 50)

    def test_a_retry_that_came_due_while_no_worker_ran_is_worked(self, org: Organization) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        held = claimed(run)
        with org_scope(org.pk):
            runs.fail_run(held, classify(OSError("The storage is away.")))
        assert reload(run).state == RunState.RETRY_WAIT
        drain()
        assert reload(run).state == RunState.RETRY_WAIT

        make_due(run.pk, org)
        drain()

        run = reload(run)
        assert (run.state, run.error_code, run.user_message) == (RunState.SUCCEEDED, "", "")


def test_a_file_whose_bytes_are_gone_is_asked_for_at_once(org: Organization) -> None:
    run = queue_import(org, as_zip(quirky_rows()))
    with org_scope(org.pk):
        default_storage.delete(ImportFile.objects.get(job_id=run.job_id).storage_key)

    run = work(run)

    assert run.state == RunState.ACTION_REQUIRED
    assert run.user_message.endswith("is missing from our storage. Bring it again to import it.")


class TestBegunAnew:
    def test_after_a_failure_reads_the_whole_file_under_an_active_job(
        self, org: Organization
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        work(run, stop=lambda: True)
        held = claimed(run)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(max_attempts=1)
            runs.fail_run(held, classify(OSError("The storage is away.")))
        assert job_of(run).state == JobState.ARCHIVED

        with org_scope(org.pk):
            again = start_import(job_of(run), by=None)

        assert job_of(run).state == JobState.ACTIVE
        again = work(again)
        assert (again.raw_count, again.new_count, again.unchanged_count) == (54, 40, 10)
        assert job_of(run).state == JobState.ARCHIVED

    def test_a_later_check_starts_no_import_by_itself(self, org: Organization) -> None:
        job = receive_files(org, [("pins.zip", export())], by=None, starts_itself=True)
        with org_scope(org.pk):
            for run in SyncRun.objects.filter(job=job), SyncRun.objects.filter(job=job):
                work(run.latest("created_at", "pk"))
            look = check_again(job, by=None)

        work(look)

        with org_scope(org.pk):
            assert SyncRun.objects.filter(job=job, is_dry_run=False).count() == 1
