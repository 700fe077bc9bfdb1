"""Runs belong to clusters: each is claimed, awaited and woken by the workers of its own."""

import uuid

import pytest
from django_q.models import OrmQ

from ingestion.engine import claims
from ingestion.engine.kinds import kind_of
from ingestion.engine.runs import start_run
from ingestion.models import Job, OrgSchedule, SyncRun
from ingestion.models.run import Lane
from tenants.models import Organization
from tenants.queue import FACES, WORK, poke
from tests.factories import OrganizationFactory
from tests.ingestion.support import make_due


def wait_in(org: Organization, cluster: str) -> uuid.UUID:
    """Queue a run that is due for the workers of ``cluster``."""
    run = start_run(Job.objects.create(org=org, kind="import"))
    SyncRun.objects.filter(pk=run.pk).update(cluster=cluster)
    make_due(run.pk, org)
    return run.pk


def become_worker_of(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Q_CLUSTER_NAME", cluster)
    monkeypatch.setenv("MAGPIE_LEASE_OWNER", f"here:{cluster}")


@pytest.mark.usefixtures("in_scope")
class TestClusters:
    def test_a_run_is_queued_for_the_cluster_of_its_kind(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        OrmQ.objects.all().delete()
        monkeypatch.setattr(type(kind_of("import")), "cluster", FACES)

        run = start_run(Job.objects.create(org=in_scope, kind="import"))

        assert run.cluster == FACES
        assert list(OrmQ.objects.values_list("key", flat=True)) == [FACES]

    def test_workers_claim_what_is_of_their_cluster(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        of_work, of_faces = wait_in(in_scope, WORK), wait_in(in_scope, FACES)
        assert (claims.due_count(), claims.due_count(FACES)) == (1, 1)

        become_worker_of(FACES, monkeypatch)
        claimed = [claims.claim(), claims.claim()]

        assert [held and held.run_id for held in claimed] == [of_faces, None]
        assert (claims.due_count(WORK), claims.due_count()) == (1, 0)
        monkeypatch.delenv("MAGPIE_LEASE_OWNER")
        assert claims.claim(run_id=of_work) is not None, "a command works what it was given"

    def test_a_full_cluster_keeps_no_other_from_its_work(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        OrgSchedule.objects.update(max_running=1)
        wait_in(in_scope, WORK)
        wait_in(in_scope, WORK)
        of_faces = wait_in(in_scope, FACES)

        held = [claims.claim(), claims.claim()]
        become_worker_of(FACES, monkeypatch)
        found = claims.claim()

        assert [claim is not None for claim in held] == [True, False]
        assert found is not None
        assert found.run_id == of_faces

    def test_nobody_yields_to_the_line_of_another_cluster(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = OrganizationFactory.create()
        SyncRun.objects.filter(pk=wait_in(in_scope, FACES)).update(lane=Lane.INTERACTIVE)
        assert not claims.is_awaited(other.pk, Lane.BULK)

        become_worker_of(FACES, monkeypatch)

        assert claims.is_awaited(other.pk, Lane.BULK)

    def test_each_cluster_that_has_work_is_woken(self, in_scope: Organization) -> None:
        wait_in(in_scope, FACES)
        OrmQ.objects.all().delete()

        assert claims.wake() == 1

        assert list(OrmQ.objects.values_list("key", flat=True)) == [FACES]


@pytest.mark.django_db
def test_a_cluster_that_is_not_run_here_is_not_woken() -> None:
    OrmQ.objects.all().delete()

    poke("elsewhere")

    assert not OrmQ.objects.exists()
