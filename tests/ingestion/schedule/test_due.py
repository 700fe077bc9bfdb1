"""Jobs that come due, as the tick finds them."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from ingestion.engine.runs import start_run
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunMode, RunState, Trigger
from ingestion.schedule.due import plan_next, queue_due_jobs
from tenants.models import Organization
from tenants.scope import org_scope

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def scheduled(org: Organization, *, kind: str = JobKind.DROP, **fields: object) -> Job:
    with org_scope(org.pk):
        job = Job(org=org, kind=kind, is_one_off=False, interval_s=3600)
        job.created_at = timezone.now()
        plan_next(job)
        for name, value in fields.items():
            setattr(job, name, value)
        job.save(force_insert=True)
    return job


def runs_of(job: Job) -> list[SyncRun]:
    with org_scope(job.org_id):
        return list(SyncRun.objects.filter(job=job).order_by("created_at"))


def after(span: dt.timedelta) -> time_machine.travel:
    return time_machine.travel(timezone.now() + span, tick=False)


class TestQueueDueJobs:
    def test_queues_a_run_of_each_organizations_due_job(
        self, org: Organization, other_org: Organization
    ) -> None:
        jobs = [scheduled(org), scheduled(other_org)]

        assert queue_due_jobs() == 0
        with after(HOUR + dt.timedelta(minutes=1)):
            assert queue_due_jobs() == 2

        found = [runs_of(job) for job in jobs]
        assert [(run.state, run.trigger) for [run] in found] == [
            (RunState.QUEUED, Trigger.SCHEDULE)
        ] * 2

    def test_says_when_it_is_due_next_and_queues_once_until_then(self, org: Organization) -> None:
        job = scheduled(org)
        began = job.created_at

        with after(HOUR + dt.timedelta(minutes=1)):
            queue_due_jobs()
            assert queue_due_jobs() == 0

        with org_scope(org.pk):
            job.refresh_from_db()
        assert job.next_due_at == began + 2 * HOUR
        assert len(runs_of(job)) == 1

    def test_lets_a_run_that_is_still_open_be(self, org: Organization) -> None:
        job = scheduled(org)
        with after(HOUR + dt.timedelta(minutes=1)):
            queue_due_jobs()
        with org_scope(org.pk):
            SyncRun.objects.filter(job=job).update(
                state=RunState.RETRY_WAIT, started_at=timezone.now()
            )

        with after(2 * HOUR + dt.timedelta(minutes=1)):
            assert queue_due_jobs() == 1

        assert len(runs_of(job)) == 1

    @pytest.mark.parametrize(
        "part", [{"mode": RunMode.FAILED}, {"mode": RunMode.BACKFILL}, {"is_dry_run": True}]
    )
    def test_is_not_held_up_by_what_leaves_things_out(
        self, org: Organization, part: dict[str, Any]
    ) -> None:
        job = scheduled(org)
        with org_scope(org.pk):
            start_run(job, run_after=timezone.now() + 5 * HOUR, **part)

        with after(HOUR + dt.timedelta(minutes=1)):
            assert queue_due_jobs() == 1

        assert [run.trigger for run in runs_of(job)] == [Trigger.WORK, Trigger.SCHEDULE]

    def test_passes_over_what_is_paused_archived_or_manual(
        self, org: Organization, other_org: Organization
    ) -> None:
        now = timezone.now()
        jobs = [
            scheduled(org, state=JobState.PAUSED, paused_at=now),
            scheduled(org, state=JobState.ARCHIVED, is_one_off=True),
            scheduled(other_org, interval_s=None, next_due_at=None),
        ]

        with after(3 * HOUR):
            assert queue_due_jobs() == 0

        assert [runs_of(job) for job in jobs] == [[], [], []]


class TestAJobThatCannotBeQueued:
    @pytest.mark.parametrize(
        "broken",
        [{"kind": "of_a_former_version"}, {"cron": "0 3 * * *", "timezone": "Mars/Olympus"}],
        ids=["unknown kind", "time zone that is gone"],
    )
    def test_keeps_no_other_from_its_turn(
        self, org: Organization, other_org: Organization, broken: dict[str, Any]
    ) -> None:
        past = timezone.now() - dt.timedelta(minutes=10)
        bad = scheduled(org, next_due_at=past - HOUR, interval_s=None, **broken)
        good = scheduled(other_org, next_due_at=past)

        assert queue_due_jobs() == 1

        assert len(runs_of(good)) == 1
        assert runs_of(bad) == []

    def test_is_tried_again_an_hour_later(
        self, org: Organization, caplog: pytest.LogCaptureFixture
    ) -> None:
        now = timezone.now()
        with time_machine.travel(now, tick=False):
            job = scheduled(org, kind="of_a_former_version", next_due_at=now)
            queue_due_jobs()
            caplog.clear()
            assert queue_due_jobs() == 0

        with org_scope(org.pk):
            job.refresh_from_db()
        assert job.next_due_at == now + HOUR
        assert not caplog.records
