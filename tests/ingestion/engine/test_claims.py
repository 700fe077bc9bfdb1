"""Claims, leases and the fence: who may write, and what happens to what was lost."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from connectors.items import MediaStatus, Page, SavedItem, Source
from connectors.models import Connection
from ingestion.driver import open_checkpoint, write_page
from ingestion.engine import claims, runs
from ingestion.errors import LeaseLostError, RunCancelledError
from ingestion.imports.kind import identify
from ingestion.models import Job, RunAttempt, RunEvent, RunItem, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import Lane, RunState
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import claimed, queue_run


def item(index: int) -> SavedItem:
    return SavedItem(
        index=index,
        source=Source.PINTEREST,
        ref=f"pin:{index}",
        title=f"Pin {index}",
        media_status=MediaStatus.METADATA_ONLY,
        raw=b'{"id":%d}' % index,
    )


def page(*indexes: int) -> Page:
    return Page(tuple(item(i) for i in indexes), (), {"at": indexes[-1]}, bytes_read=1)


@pytest.fixture
def job(in_scope: Organization) -> Job:
    account = Connection.objects.create(
        org=in_scope, source="pinterest", name="Pinterest export", is_default=True
    )
    return Job.objects.create(org=in_scope, kind="import", connection=account)


@pytest.fixture
def run(job: Job) -> SyncRun:
    return queue_run(job)


def lose(run: SyncRun) -> None:
    """Let the lease of ``run`` have run out, and have it swept."""
    SyncRun.objects.filter(pk=run.pk).update(
        lease_expires_at=timezone.now() - dt.timedelta(hours=1)
    )
    assert claims.sweep() == 1


def come_due(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(run_after=timezone.now() - dt.timedelta(hours=1))


class TestClaim:
    def test_takes_the_run_with_a_lease_and_opens_an_attempt(self, run: SyncRun) -> None:
        held = claimed(run)

        run.refresh_from_db()
        assert (run.state, run.attempt, run.lease_token) == (RunState.RUNNING, 1, held.token)
        attempt = RunAttempt.objects.get(run=run)
        assert (attempt.number, attempt.finished_at, attempt.outcome) == (1, None, "")
        assert list(RunEvent.objects.filter(run=run).values_list("name", flat=True)) == [
            "queued",
            "claimed",
        ]

    def test_finds_nothing_where_all_is_held_or_later(self, run: SyncRun, job: Job) -> None:
        claimed(run)
        runs.start_run(job, run_after=timezone.now() + dt.timedelta(hours=1))

        assert claims.claim() is None

    def test_works_without_any_scope(self, org: Organization) -> None:
        with org_scope(org.pk):
            run = queue_run(Job.objects.create(org=org, kind="fetch"))

        held = claims.claim()

        assert held is not None
        assert (held.run_id, held.org_id) == (run.pk, org.pk)
        assert claims.due_count() == 0
        assert claims.sweep() == 0

    def test_a_second_run_of_a_job_waits_for_the_first(self, run: SyncRun, job: Job) -> None:
        claimed(run)

        second = queue_run(job)

        assert second.pk != run.pk
        assert claims.claim(run_id=second.pk) is None

    def test_a_connection_has_one_writer_but_may_be_looked_at(self, run: SyncRun, job: Job) -> None:
        other = Job.objects.create(org=job.org, kind="import", connection=job.connection)
        writer, looker = queue_run(other), queue_run(other, is_dry_run=True)
        claimed(run)

        assert claims.claim(run_id=writer.pk) is None
        SyncRun.objects.filter(pk=writer.pk).delete()
        assert claims.claim(run_id=looker.pk) is not None


class TestFence:
    def test_a_stale_claim_can_write_nothing(self, run: SyncRun) -> None:
        stale = claimed(run)
        mark = open_checkpoint(run, stream="pins")
        lose(run)
        come_due(run)
        held = claimed(run)

        with pytest.raises(LeaseLostError):
            write_page(stale, page(0, 1), mark, via="export")
        with pytest.raises(LeaseLostError):
            runs.finish_run(stale)
        with pytest.raises(LeaseLostError):
            runs.yield_run(stale)
        assert not claims.renew(stale)

        run.refresh_from_db()
        assert (run.state, run.lease_token, run.raw_count) == (RunState.RUNNING, held.token, 0)
        assert (Asset.objects.count(), RunItem.objects.count()) == (0, 0)

    def test_a_page_counts_only_behind_the_checkpoint_that_it_follows(self, run: SyncRun) -> None:
        held = claimed(run)
        mark, same = (open_checkpoint(run, stream="pins") for _ in range(2))
        write_page(held, page(0, 1), mark, via="export")

        with pytest.raises(LeaseLostError):
            write_page(held, page(2), same, via="export")

        assert Asset.objects.count() == 2

    def test_a_cancelled_run_writes_no_further_page(self, run: SyncRun) -> None:
        held = claimed(run)
        mark = write_page(held, page(0), open_checkpoint(run, stream="pins"), via="export")
        runs.request_cancel(run, by=None)

        with pytest.raises(RunCancelledError):
            write_page(held, page(1), mark, via="export")

        assert Asset.objects.count() == 1

    def test_renewing_extends_the_lease(self, run: SyncRun) -> None:
        held = claimed(run)
        SyncRun.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now())

        assert claims.renew(held)

        run.refresh_from_db()
        assert run.lease_expires_at is not None
        assert run.lease_expires_at > timezone.now() + dt.timedelta(seconds=50)


class TestSweep:
    def test_gives_a_lost_run_back_to_the_line(self, run: SyncRun) -> None:
        claimed(run)

        lose(run)

        run.refresh_from_db()
        assert (run.state, run.lost_streak, run.lease_token) == (RunState.RETRY_WAIT, 1, None)
        attempt = RunAttempt.objects.get(run=run)
        assert (attempt.outcome, attempt.error_code) == ("worker_lost", "worker_lost")

    def test_leaves_a_living_run_alone(self, run: SyncRun) -> None:
        claimed(run)

        assert claims.sweep() == 0

        run.refresh_from_db()
        assert run.state == RunState.RUNNING

    def test_the_third_loss_in_a_row_is_the_last(self, run: SyncRun) -> None:
        for _ in range(3):
            come_due(run)
            claimed(run)
            lose(run)

        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.DEAD, "worker_lost")
        assert run.finished_at is not None
        assert "start it again" in run.user_message
        assert Job.objects.get(pk=run.job_id).state == JobState.ARCHIVED

    def test_progress_forgives_losses(self, run: SyncRun) -> None:
        for place in range(4):
            come_due(run)
            held = claimed(run)
            write_page(held, page(place), open_checkpoint(run, stream="pins"), via="export")
            lose(run)

        run.refresh_from_db()
        assert (run.state, run.lost_streak) == (RunState.RETRY_WAIT, 1)

    def test_release_gives_back_what_one_dead_cluster_held(
        self, run: SyncRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MAGPIE_LEASE_OWNER", "host:cluster-1")
        claimed(run)

        assert claims.release("host:cluster-2:") == 0
        assert claims.release("host:cluster-1:") == 1

        run.refresh_from_db()
        assert run.state == RunState.RETRY_WAIT

    def test_a_run_that_is_lost_while_its_next_one_waits_waits_too(
        self, run: SyncRun, job: Job
    ) -> None:
        claimed(run)
        following = queue_run(job)

        lose(run)

        run.refresh_from_db()
        assert (run.state, following.state) == (RunState.RETRY_WAIT, RunState.QUEUED)


class TestOneWriter:
    def test_the_database_allows_one_per_connection(self, run: SyncRun, job: Job) -> None:
        claimed(run)
        second = SyncRun.objects.create(
            org=job.org, job=job, kind="import", connection_id=None, lane=Lane.BULK
        )

        with pytest.raises(IntegrityError, match="one_writer"), transaction.atomic():
            SyncRun.objects.filter(pk=second.pk).update(
                state=RunState.RUNNING, lease_token=1, connection_id=job.connection_id
            )

    def test_identify_gives_every_import_of_a_source_the_same_connection(
        self, in_scope: Organization
    ) -> None:
        class Reader:
            source, kind, kind_label = Source.FACEBOOK, "facebook_json", "Facebook"
            skipped_members = ()

        jobs = [Job.objects.create(org=in_scope, kind="import") for _ in range(2)]

        first, second = (identify(job, Reader()) for job in jobs)  # type: ignore[arg-type]

        assert first == second
