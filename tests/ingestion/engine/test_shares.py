"""Bulk work leaves a worker, and a worker learns when others wait."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from ingestion.engine import claims
from ingestion.models import Job, OrgSchedule, SyncRun
from ingestion.models.run import Lane
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import OrganizationFactory
from tests.ingestion.support import make_due, queue_run

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
