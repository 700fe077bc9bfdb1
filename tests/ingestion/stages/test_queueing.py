"""Units of a run that ended badly have another, without anybody's doing."""

import pytest
from django.utils import timezone

from ingestion.engine import claims
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState
from ingestion.stages.queueing import start_stage_run
from ingestion.upkeep import wake_stages
from media.models import StageState
from media.models.stage import Stage
from tenants.models import Organization
from tests.ingestion.stages.units import queue_pictures, queue_stage
from tests.ingestion.support import claimed, make_due

pytestmark = pytest.mark.django_db

LIMITS_S = (300, 600, 1200, 2400, 3600, 3600)


@pytest.fixture(autouse=True)
def pending(in_scope: Organization) -> list[StageState]:
    return queue_pictures(in_scope, ["https://a.example/1.jpg"])


def lose_for_good(run: SyncRun) -> SyncRun:
    """Let ``run`` lose each of its workers; return the run that follows it."""
    for _ in range(3):
        make_due(run.pk, run.org)
        claimed(run)
        claims.release(claims.lease_owner())
    run.refresh_from_db()
    return SyncRun.objects.open().get()


def waits_s(run: SyncRun) -> float:
    return (run.run_after - timezone.now()).total_seconds()


def test_the_next_run_is_queued_for_some_minutes_later(
    in_scope: Organization, pending: list[StageState]
) -> None:
    run = queue_stage(in_scope, Stage.FETCH)

    following = lose_for_good(run)

    assert (run.state, following.kind, following.state) == ("dead", "fetch", RunState.QUEUED)
    assert 240 < waits_s(following) <= 300
    pending[0].refresh_from_db()
    assert pending[0].status == "pending"


def test_the_more_bad_ends_in_a_row_the_later_but_for_an_hour_at_most(
    in_scope: Organization,
) -> None:
    run = queue_stage(in_scope, Stage.FETCH)

    waits = []
    for _ in range(6):
        run = lose_for_good(run)
        waits.append(waits_s(run))

    assert all(wait_s <= limit for wait_s, limit in zip(waits, LIMITS_S, strict=True))
    assert waits[:5] == sorted(waits[:5])
    assert waits[5] > 3000


def test_a_good_end_begins_the_row_anew(in_scope: Organization) -> None:
    run = lose_for_good(lose_for_good(queue_stage(in_scope, Stage.FETCH)))
    SyncRun.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED, finished_at=timezone.now())

    run = lose_for_good(queue_stage(in_scope, Stage.FETCH))

    assert waits_s(run) <= 300


def test_new_units_do_not_wait_for_it(in_scope: Organization) -> None:
    following = lose_for_good(queue_stage(in_scope, Stage.FETCH))

    run = start_stage_run(in_scope.pk, Stage.FETCH)

    assert run == following
    assert waits_s(run) <= 0


def test_an_import_that_ended_badly_has_no_next_run(in_scope: Organization) -> None:
    job = Job.objects.create(org=in_scope, kind="import", is_one_off=True)
    run = SyncRun.objects.create(org=in_scope, job=job, kind="import", run_after=timezone.now())

    for _ in range(3):
        make_due(run.pk, in_scope)
        claimed(run)
        claims.release(claims.lease_owner())

    assert not SyncRun.objects.open().exists()


def test_units_that_were_left_alone_are_found_by_the_upkeep(in_scope: Organization) -> None:
    assert not SyncRun.objects.exists()

    wake_stages()

    assert [run.kind for run in SyncRun.objects.open()] == ["fetch"]
