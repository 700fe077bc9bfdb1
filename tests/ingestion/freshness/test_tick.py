"""What time alone makes worse, and when people are reminded of what they bring."""

import datetime as dt

import pytest
import time_machine

from connectors.models import Connection
from ingestion.control import edit_schedule
from ingestion.errors import ReminderRefusedError
from ingestion.freshness import services
from ingestion.freshness.datasets import PICTURES, SAVED_ITEMS
from ingestion.freshness.rows import lock
from ingestion.freshness.tick import POSTPONED_BY, flip_due
from ingestion.models import DatasetStatus, Job
from ingestion.models.job import JobKind
from ingestion.schedule.cadence import Cadence
from media.models import StageState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.freshness.worlds import (
    DAY,
    HOUR,
    MONDAY,
    flips,
    make_connection,
    of,
    state,
    succeed,
)
from tests.ingestion.stages.units import queue_pictures

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def connection(in_scope: Organization) -> Connection:
    return make_connection(in_scope)


@pytest.fixture
def hourly(in_scope: Organization, connection: Connection) -> Job:
    """A source that was read this Monday, as it is every hour."""
    job = Job.objects.create(
        org=in_scope, kind=JobKind.IMPORT, connection=connection, is_one_off=False, interval_s=3600
    )
    with time_machine.travel(MONDAY, tick=False):
        succeed(job, MONDAY)
    return job


@pytest.fixture
def export(in_scope: Organization, connection: Connection) -> DatasetStatus:
    """What an export of this Monday brought."""
    job = Job.objects.create(org=in_scope, kind=JobKind.IMPORT, connection=connection)
    with time_machine.travel(MONDAY, tick=False):
        succeed(job, MONDAY)
    return of(SAVED_ITEMS)


class TestFlips:
    def test_come_when_their_time_has_come_and_once(self, hourly: Job) -> None:
        for minutes, flipped in ((89, 0), (90, 1), (91, 0), (149, 0), (150, 1), (9_999, 0)):
            assert flip_due(MONDAY + minutes * MINUTE) == flipped

        assert flips(SAVED_ITEMS)[1:] == [("fresh", "late", "time"), ("late", "stale", "time")]
        assert (of(SAVED_ITEMS).state_since, of(SAVED_ITEMS).alert_at) == (
            MONDAY + 150 * MINUTE,
            None,
        )

    def test_of_several_organizations_come_in_one_tick(
        self, hourly: Job, other_org: Organization
    ) -> None:
        with org_scope(other_org.pk), time_machine.travel(MONDAY, tick=False):
            theirs = Job.objects.create(
                org=other_org,
                kind=JobKind.IMPORT,
                connection=make_connection(other_org),
                is_one_off=False,
                interval_s=3600,
            )
            succeed(theirs, MONDAY)

        assert flip_due(MONDAY + 2 * HOUR) == 2

        with org_scope(other_org.pk):
            assert state(SAVED_ITEMS) == "late"

    def test_of_what_cannot_be_judged_wait_an_hour_and_keep_no_other_waiting(
        self, hourly: Job, in_scope: Organization
    ) -> None:
        Job.objects.filter(pk=hourly.pk).update(interval_s=None, cron="every now and then")
        (waiting,) = queue_pictures(in_scope, ["https://pictures.example/1.jpg"])
        StageState.objects.filter(pk=waiting.pk).update(waiting_since=MONDAY)
        DatasetStatus.objects.filter(pk=lock(in_scope.pk, PICTURES).pk).update(alert_at=MONDAY)
        now = MONDAY + 2 * HOUR

        assert flip_due(now) == 1

        assert (state(SAVED_ITEMS), state(PICTURES)) == ("fresh", "late")
        assert of(SAVED_ITEMS).alert_at == now + POSTPONED_BY

    def test_of_another_schedule_come_at_its_times(self, hourly: Job) -> None:
        flip_due(MONDAY + 3 * HOUR)

        with time_machine.travel(MONDAY + 4 * HOUR, tick=False):
            edit_schedule(hourly, Cadence(interval_s=24 * 3600), None)

        assert flips(SAVED_ITEMS)[-1] == ("stale", "fresh", "schedule")
        assert of(SAVED_ITEMS).alert_at == MONDAY + 36 * HOUR


class TestReminders:
    def test_come_thirty_days_after_an_export_until_people_choose_otherwise(
        self, export: DatasetStatus
    ) -> None:
        assert flip_due(MONDAY + 30 * DAY - MINUTE) == 0
        assert flip_due(MONDAY + 30 * DAY) == 1
        assert flip_due(MONDAY + 60 * DAY) == 1

        assert flips(SAVED_ITEMS)[1:] == [("fresh", "late", "time"), ("late", "stale", "time")]

    def test_come_as_often_as_people_choose(self, export: DatasetStatus) -> None:
        now = MONDAY + 10 * DAY

        services.set_reminder(export, 7, None, now=now)
        assert (state(SAVED_ITEMS), of(SAVED_ITEMS).alert_at) == ("late", MONDAY + 14 * DAY)

        services.set_reminder(export, 90, None, now=now)
        assert (state(SAVED_ITEMS), of(SAVED_ITEMS).alert_at) == ("fresh", MONDAY + 90 * DAY)

    def test_can_be_switched_off(self, export: DatasetStatus) -> None:
        services.set_reminder(export, None, None, now=MONDAY + 40 * DAY)

        assert (state(SAVED_ITEMS), of(SAVED_ITEMS).alert_at) == ("fresh", None)
        assert flip_due(MONDAY + 400 * DAY) == 0

    @pytest.mark.parametrize("days", [0, -1, 367])
    def test_out_of_range_are_refused(self, export: DatasetStatus, days: int) -> None:
        with pytest.raises(ReminderRefusedError, match="between 1 and 366"):
            services.set_reminder(export, days, None)

    def test_of_what_comes_by_a_schedule_are_refused(self, hourly: Job) -> None:
        with pytest.raises(ReminderRefusedError, match="by a schedule"):
            services.set_reminder(of(SAVED_ITEMS), 7, None)

    def test_begin_anew_with_the_next_export(self, export: DatasetStatus) -> None:
        flip_due(MONDAY + 40 * DAY)
        assert export.connection is not None

        with time_machine.travel(MONDAY + 41 * DAY, tick=False):
            job = Job.objects.create(
                org=export.org, kind=JobKind.IMPORT, connection=export.connection
            )
            succeed(job, MONDAY + 41 * DAY)

        assert flips(SAVED_ITEMS)[-1] == ("late", "fresh", "success")
        assert of(SAVED_ITEMS).alert_at == MONDAY + 71 * DAY


class TestMute:
    def test_changes_no_state(self, export: DatasetStatus) -> None:
        flip_due(MONDAY + 40 * DAY)

        services.mute(export, MONDAY + 47 * DAY, None)

        assert state(SAVED_ITEMS) == "late"
        assert of(SAVED_ITEMS).muted_until == MONDAY + 47 * DAY
