"""What operators are told of all organizations together."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.status import engine
from config.status.facts import OrgBacklog
from config.status.problems import problems_of
from connectors.models import Connection
from ingestion.engine.tick import tick
from ingestion.models import DatasetStatus, ImportFile, Job, PlatformStatus, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import HELD_UNTIL, RunState
from media.models import Blob, StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import claimed, queue_run
from tests.status.conftest import ago, everything, silence


def run_of(org: Organization, **fields: object) -> SyncRun:
    """Queue a run of the organization, due for ten minutes, changed as told."""
    with org_scope(org.pk):
        run = queue_run(Job.objects.create(org=org, kind="import"))
        SyncRun.objects.filter(pk=run.pk).update(**{"run_after": ago(10)} | fields)
        run.refresh_from_db()
    return run


def ended(org: Organization, state: RunState, code: str, *, minutes: int) -> SyncRun:
    return run_of(org, state=state, error_code=code, finished_at=ago(minutes))


def units(org: Organization, stage: Stage, status: StageStatus, *, minutes: int) -> StageState:
    """Make one unit of a stage."""
    with org_scope(org.pk):
        blob = Blob.objects.create(
            org=org, sha256=uuid.uuid4().hex, size_bytes=1000, media_type="image/png"
        )
        return StageState.objects.create(
            org=org, stage=stage, blob=blob, status=status, waiting_since=ago(minutes)
        )


@pytest.mark.usefixtures("well")
class TestRuns:
    def test_are_counted_by_state_with_how_long_the_oldest_could_have_begun(
        self, org: Organization, other_org: Organization
    ) -> None:
        run_of(org)
        run_of(other_org, run_after=ago(90))
        run_of(org, state=RunState.RETRY_WAIT, run_after=timezone.now() + dt.timedelta(hours=1))
        run_of(org, run_after=HELD_UNTIL)

        snapshot = everything()

        found = {line.state: (line.runs, line.due) for line in snapshot.line}
        assert found == {"queued": (2, 2), "retry_wait": (1, 0), "held": (1, 0)}
        assert snapshot.oldest_due_s is not None
        assert 89 * 60 < snapshot.oldest_due_s < 92 * 60

    def test_of_a_paused_job_or_a_blocked_connection_are_not_due(self, org: Organization) -> None:
        paused, blocked = run_of(org), run_of(org)
        with org_scope(org.pk):
            Job.objects.filter(pk=paused.job_id).update(
                state=JobState.PAUSED, paused_at=timezone.now()
            )
            source = Connection.objects.create(
                org=org, source="pinterest", blocked_until=timezone.now() + dt.timedelta(hours=1)
            )
            SyncRun.objects.filter(pk=blocked.pk).update(connection_id=source.pk)

        snapshot = everything()

        assert [(line.state, line.runs, line.due) for line in snapshot.line] == [("queued", 2, 0)]
        assert (snapshot.halts.paused_jobs, snapshot.halts.blocked_connections) == (1, 1)
        assert snapshot.oldest_due_s is None

    def test_at_work_say_whose_they_are_and_since_when_nothing_was_written(
        self, org: Organization
    ) -> None:
        run = run_of(org)
        claimed(run)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(claimed_at=ago(10), progress_at=ago(4))

        [lease] = everything().leases

        assert (lease.run_id, lease.org, lease.kind) == (str(run.pk), "acme", "import")
        assert 590 < lease.age_s < 660
        assert 230 < lease.progress_s < 300
        assert 0 < lease.expires_in_s <= 60

    def test_that_ended_are_counted_by_outcome_for_a_day(
        self, org: Organization, other_org: Organization
    ) -> None:
        ended(org, RunState.FAILED, "network", minutes=10)
        ended(other_org, RunState.FAILED, "network", minutes=20)
        ended(org, RunState.SUCCEEDED, "", minutes=30)
        dead = ended(org, RunState.DEAD, "worker_lost", minutes=40)
        ended(org, RunState.FAILED, "network", minutes=25 * 60)

        snapshot = everything()
        bad = engine.ended_badly(snapshot.at, since=snapshot.at - engine.DAY, limit=10)

        found = [(outcome.state, outcome.error_code, outcome.runs) for outcome in snapshot.outcomes]
        assert found == [("failed", "network", 2), ("dead", "worker_lost", 1), ("succeeded", "", 1)]
        assert [run.state for run in bad] == ["failed", "failed", "dead"]
        assert (bad[2].run_id, bad[2].org) == (str(dead.pk), "acme")


@pytest.mark.usefixtures("well")
class TestBacklogs:
    def test_name_the_organizations_with_the_longest_lines_first(
        self, org: Organization, other_org: Organization
    ) -> None:
        run_of(org)
        for _ in range(3):
            units(other_org, Stage.RENDITION, StageStatus.PENDING, minutes=1)
        units(org, Stage.RENDITION, StageStatus.DONE, minutes=1)

        assert everything().orgs == [
            OrgBacklog("other", 0, 0, 0, 3),
            OrgBacklog("acme", 1, 0, 0, 0),
        ]

    def test_of_stages_say_how_long_the_oldest_unit_waits(
        self, org: Organization, other_org: Organization
    ) -> None:
        units(org, Stage.RENDITION, StageStatus.PENDING, minutes=5)
        units(other_org, Stage.RENDITION, StageStatus.PENDING, minutes=50)
        units(org, Stage.RENDITION, StageStatus.FAILED, minutes=500)
        units(org, Stage.FETCH, StageStatus.DONE, minutes=500)

        failed, pending = sorted(everything().stages, key=lambda stage: stage.status)

        assert (failed.stage, failed.units, failed.oldest_s) == ("rendition", 1, None)
        assert (pending.stage, pending.units) == ("rendition", 2)
        assert pending.oldest_s is not None
        assert 49 * 60 < pending.oldest_s < 52 * 60
        assert engine.stage_coverage() == {
            "fetch": {"done": 1},
            "rendition": {"failed": 1, "pending": 2},
        }

    def test_of_datasets_are_counted_by_freshness_the_worst_named(
        self, org: Organization, other_org: Organization
    ) -> None:
        for owner, state in ((org, "fresh"), (org, "late"), (other_org, "stale")):
            with org_scope(owner.pk):
                DatasetStatus.objects.create(
                    org=owner, name=f"of_{state}", state=state, as_of=ago(60)
                )

        assert engine.dataset_states() == {"fresh": 1, "late": 1, "stale": 1}
        worst = engine.old_datasets(timezone.now(), limit=5)
        assert [(owner, name, state) for owner, name, state, _ in worst] == [
            ("other", "of_stale", "stale"),
            ("acme", "of_late", "late"),
        ]


@pytest.mark.usefixtures("well")
class TestThePlatform:
    def test_its_chores_are_judged_as_datasets_are(self) -> None:
        PlatformStatus.objects.filter(name="recovery").update(last_success_at=ago(3))
        PlatformStatus.objects.filter(name="schedules").update(last_success_at=ago(5))
        PlatformStatus.objects.filter(name="wake").delete()

        found = {chore.name: chore.freshness for chore in everything().chores}

        assert found["worker_rows"] == "fresh"
        assert found["recovery"] == "late"
        assert found["schedules"] == "stale"
        assert found["wake"] == "never_synced"

    def test_a_chore_of_before_is_not_told_and_the_tick_forgets_it(self) -> None:
        PlatformStatus.objects.create(
            name="former", expected_every_s=60, last_success_at=ago(500), consecutive_failures=9
        )

        assert "former" not in {chore.name for chore in everything().chores}
        assert problems_of(everything()) == []
        tick()
        assert not PlatformStatus.objects.filter(name="former").exists()

    def test_a_cluster_without_a_word_for_a_minute_is_silent(self) -> None:
        silence("work", 2)

        states = {worker.cluster: worker.state for worker in everything().workers}

        assert states == {"control": "alive", "work": "silent"}

    def test_the_stored_pictures_of_all_are_summed(
        self, org: Organization, other_org: Organization
    ) -> None:
        units(org, Stage.RENDITION, StageStatus.DONE, minutes=1)
        units(other_org, Stage.RENDITION, StageStatus.DONE, minutes=1)

        assert everything().storage.size_bytes == 2000

    def test_the_import_files_of_all_are_summed_while_their_bytes_are_kept(
        self, org: Organization, other_org: Organization
    ) -> None:
        files = (org, "imports/a", ""), (other_org, "imports/b", ""), (other_org, "", "")
        dropped = (org, f"{org.pk}/export.zip", "1-2-3")
        for owner, key, version in (*files, dropped):
            job = run_of(owner).job_id
            with org_scope(owner.pk):
                ImportFile.objects.create(
                    org=owner,
                    job_id=job,
                    size_bytes=3 * 2**30,
                    storage_key=key,
                    drop_version=version,
                )

        assert everything().storage.import_files_bytes == 6 * 2**30

    def test_the_database_has_a_size_and_all_its_migrations(self) -> None:
        snapshot = everything()

        assert snapshot.database.size_bytes > sum(
            table.size_bytes for table in snapshot.database.tables[:1]
        )
        assert snapshot.pending_migrations == []

    def test_is_read_in_as_many_statements_whatever_there_is(
        self, org: Organization, other_org: Organization
    ) -> None:
        everything()
        with CaptureQueriesContext(
            connection,
        ) as few:
            everything()
        for owner in (org, other_org):
            run_of(owner)
            ended(owner, RunState.FAILED, "network", minutes=1)
            units(owner, Stage.RENDITION, StageStatus.PENDING, minutes=1)
        claimed(run_of(org))

        with CaptureQueriesContext(connection) as many:
            everything()

        assert len(many) == len(few) < 25
