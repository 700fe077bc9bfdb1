"""Bulk work leaves a worker, and a worker learns when others wait."""

from collections import Counter
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connections, transaction
from django.test import override_settings
from django.utils import timezone

from ingestion.engine import claims, runs
from ingestion.models import Job, OrgSchedule, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import Lane
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import OrganizationFactory
from tests.ingestion.control.support import HOUR, make_connection
from tests.ingestion.support import make_due, queue_run

# Enough for rows of one run that are read for each of the others to stand out.
COUNT = 2_000
BULK, INTERACTIVE = Lane.BULK, Lane.INTERACTIVE


def wait_in(org: Organization, lane: Lane) -> SyncRun:
    """Queue a run of a job of its own, due at once."""
    with org_scope(org.pk):
        run = queue_run(Job.objects.create(org=org, kind="import"))
        SyncRun.objects.filter(pk=run.pk).update(lane=lane)
    make_due(run.pk, org)
    return run


@pytest.fixture
def orgs(db: None) -> list[Organization]:
    return [OrganizationFactory.create() for _ in range(4)]


class TestBulkShare:
    @pytest.fixture(autouse=True)
    def cluster_of_three(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("MAGPIE_LEASE_OWNER", "here:cluster")
        with override_settings(WORK_PROCESSES=3):
            yield

    def test_leaves_the_cluster_a_worker(self, orgs: list[Organization]) -> None:
        for org in orgs:
            wait_in(org, BULK)

        held = [claims.claim() for _ in orgs]

        assert sum(claim is not None for claim in held) == 2

    def test_keeps_that_worker_for_what_people_wait_for(self, orgs: list[Organization]) -> None:
        for org in orgs:
            wait_in(org, BULK)
        for _ in range(2):
            assert claims.claim() is not None
        awaited = wait_in(orgs[0], INTERACTIVE)

        held = claims.claim()

        assert held is not None
        assert held.run_id == awaited.pk

    def test_counts_the_own_cluster_only(
        self, orgs: list[Organization], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for org in orgs:
            wait_in(org, BULK)
        for _ in range(2):
            assert claims.claim() is not None

        monkeypatch.setenv("MAGPIE_LEASE_OWNER", "there:cluster")

        assert claims.claim() is not None

    @override_settings(WORK_PROCESSES=1)
    def test_of_a_cluster_of_one_is_that_one(self, orgs: list[Organization]) -> None:
        wait_in(orgs[0], BULK)

        assert claims.claim() is not None

    def test_does_not_bind_a_command_that_a_person_runs(
        self, orgs: list[Organization], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MAGPIE_LEASE_OWNER")
        for org in orgs:
            wait_in(org, BULK)

        assert all(claims.claim() is not None for _ in orgs)


class TestIsAwaited:
    def test_not_by_the_own_organizations_like(self, org: Organization) -> None:
        wait_in(org, BULK)

        assert not claims.is_awaited(org.pk, BULK)

    def test_by_another_organization(self, org: Organization, other_org: Organization) -> None:
        wait_in(other_org, BULK)

        assert claims.is_awaited(org.pk, BULK)
        assert not claims.is_awaited(org.pk, INTERACTIVE)

    def test_by_what_goes_first_even_of_the_own(self, org: Organization) -> None:
        wait_in(org, INTERACTIVE)

        assert claims.is_awaited(org.pk, BULK)
        assert not claims.is_awaited(org.pk, INTERACTIVE)

    def test_not_by_who_has_no_room(self, org: Organization, other_org: Organization) -> None:
        wait_in(other_org, BULK)
        with org_scope(other_org.pk):
            OrgSchedule.objects.update(max_running=0)

        assert not claims.is_awaited(org.pk, BULK)

    def test_by_the_own_even_without_room_since_yielding_makes_some(
        self, org: Organization
    ) -> None:
        wait_in(org, INTERACTIVE)
        with org_scope(org.pk):
            OrgSchedule.objects.update(max_running=0)

        assert claims.is_awaited(org.pk, BULK)


class TestBulkBesideWhatPeopleAskFor:
    @pytest.fixture(autouse=True)
    def cluster(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAGPIE_LEASE_OWNER", "here:cluster")

    @pytest.fixture(autouse=True)
    def first_token(self, db: None) -> None:
        """Begin to count: bulk work has one turn of four, by the number of the lease."""
        parameters = connections["owner"].get_connection_params()
        with psycopg.connect(**parameters, autocommit=True) as owner:
            owner.execute("SELECT setval('ingestion_lease_token', 1)")

    def take_turns(self, rounds: int, *, workers: int) -> Counter[object]:
        """Let all workers claim at once and yield, again and again; count whose turns it were."""
        turns: Counter[object] = Counter()
        with override_settings(WORK_PROCESSES=workers):
            for _ in range(rounds):
                held = [found for _ in range(workers) if (found := claims.claim())]
                turns.update(claim.org_id for claim in held)
                for claim in held:
                    with org_scope(claim.org_id):
                        runs.yield_run(claim)
        return turns

    @pytest.mark.parametrize(("workers", "share"), [(1, 6), (2, 24), (3, 24)])
    def test_gets_its_share(self, orgs: list[Organization], workers: int, share: int) -> None:
        asking, other, patient, _ = orgs
        for org in (asking, asking, other, other):
            wait_in(org, INTERACTIVE)
        wait_in(patient, BULK)

        turns = self.take_turns(24, workers=workers)

        assert turns[patient.pk] == share
        assert turns[asking.pk] + turns[other.pk] == 24 * workers - share
        assert abs(turns[asking.pk] - turns[other.pk]) <= 1

    def test_is_no_reason_to_yield_the_one_bulk_worker_has(self, orgs: list[Organization]) -> None:
        asking, patient, other, _ = orgs
        wait_in(asking, INTERACTIVE)
        wait_in(patient, BULK)
        held = [claims.claim() for _ in range(2)]
        assert [claim and claim.org_id for claim in held] == [asking.pk, patient.pk]

        wait_in(asking, INTERACTIVE)
        assert not claims.is_awaited(patient.pk, BULK)
        wait_in(other, BULK)
        assert claims.is_awaited(patient.pk, BULK)

    def test_awaits_a_worker_where_none_is_at_it(self, orgs: list[Organization]) -> None:
        asking, patient, *_ = orgs
        for _ in range(2):
            wait_in(asking, INTERACTIVE)
            assert claims.claim() is not None
        assert not claims.is_awaited(asking.pk, INTERACTIVE)

        wait_in(patient, BULK)

        assert claims.is_awaited(asking.pk, INTERACTIVE)

    def test_yields_to_people_where_it_holds_the_only_worker(
        self, orgs: list[Organization]
    ) -> None:
        wait_in(orgs[0], BULK)
        assert claims.claim() is not None

        wait_in(orgs[1], INTERACTIVE)

        assert claims.is_awaited(orgs[0].pk, BULK)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("obstacle", ["writer", "source", "pause"])
def test_a_long_line_that_may_not_begin_is_not_read_anew_for_each_of_it(
    org: Organization, other_org: Organization, obstacle: str
) -> None:
    now = timezone.now()
    with org_scope(org.pk):
        is_blocked = obstacle == "source"
        connection = make_connection(org, blocked_until=now + HOUR if is_blocked else None)
        paused = {"state": JobState.PAUSED, "paused_at": now} if obstacle == "pause" else {}
        jobs = [Job(org=org, kind="import", connection=connection, **paused) for _ in range(COUNT)]
        Job.objects.bulk_create(jobs)
        SyncRun.objects.bulk_create(
            SyncRun(
                org=org, job=job, connection_id=connection.pk, kind=job.kind, run_after=now - HOUR
            )
            for job in jobs
        )
    if obstacle == "writer":
        assert claims.claim() is not None
    looks: list[Callable[[], object]] = [
        claims.claim,
        claims.due_count,
        lambda: claims.is_awaited(other_org.pk, BULK),
    ]

    # As the database does by itself soon after; without, it plans for tables of a few rows.
    with psycopg.connect(**connections["owner"].get_connection_params()) as owner:
        owner.execute("ANALYZE ingestion_syncrun, ingestion_job")

    for look in looks:
        with transaction.atomic():
            assert not look()
            assert rows_read() < 10 * COUNT


def rows_read() -> int:
    """Return how many rows of runs and jobs this transaction has read."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('ingestion_syncrun', 'ingestion_job')"
        )
        return int(cursor.fetchone()[0])
