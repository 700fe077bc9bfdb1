"""Units of a run that ended badly have another, without anybody's doing."""

import pytest
from django.utils import timezone

from ingestion.engine import claims
from ingestion.engine.tick import tick
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState, Trigger
from ingestion.stages.queueing import start_stage_run
from ingestion.upkeep import wake_stages
from media.models import StageState
from media.models.stage import Stage
from tenants.models import Organization
from tests.ingestion.stages.units import queue_pictures, queue_stage, statuses
from tests.ingestion.support import claimed, make_due, work

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


class TestSchedule:
    @pytest.mark.parametrize("stage", list(Stage))
    def test_each_stage_comes_due_every_six_hours_from_the_beginning(
        self, in_scope: Organization, stage: Stage
    ) -> None:
        job = Job.objects.get(kind=stage)

        assert (job.interval_s, job.is_one_off) == (6 * 3600, False)
        assert job.next_due_at is not None
        hours = (job.next_due_at - timezone.now()).total_seconds() / 3600
        assert 5.9 < hours < 7.1

    def test_finds_units_that_nobody_queued(
        self, in_scope: Organization, pending: list[StageState]
    ) -> None:
        StageState.objects.all().delete()

        run = _scheduled_run(in_scope)

        assert (run.raw_count, run.failed_count) == (1, 1)
        assert statuses("fetch") == {"failed": 1}

    def test_with_nothing_pending_is_a_quick_success(
        self, in_scope: Organization, pending: list[StageState]
    ) -> None:
        StageState.objects.update(status="done")

        run = _scheduled_run(in_scope)

        assert (run.state, run.raw_count) == (RunState.SUCCEEDED, 0)
        assert not SyncRun.objects.open().exists()

    def test_looks_for_nothing_where_new_work_has_woken_the_stage(
        self, in_scope: Organization, pending: list[StageState]
    ) -> None:
        run = queue_stage(in_scope, Stage.FETCH)
        StageState.objects.all().delete()

        assert work(run).raw_count == 0

    def test_leaves_alone_what_failed_for_good(
        self, in_scope: Organization, pending: list[StageState]
    ) -> None:
        StageState.objects.update(status="failed")

        assert _scheduled_run(in_scope).raw_count == 0


def _scheduled_run(org: Organization) -> SyncRun:
    """Work the run that the tick queues when the stage of fetching comes due."""
    Job.objects.filter(kind=Stage.FETCH).update(next_due_at=timezone.now())
    tick()
    run = SyncRun.objects.get(kind=Stage.FETCH)
    assert run.trigger == Trigger.SCHEDULE
    make_due(run.pk, org)
    return work(run)
