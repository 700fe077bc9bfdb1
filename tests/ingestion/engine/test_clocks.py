"""Hosts whose clocks differ from the database's: what they queue is due, what they hold stays."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from connectors.errors import FetchError
from connectors.items import Page
from connectors.models import Connection
from ingestion.driver import open_checkpoint, write_page
from ingestion.engine import claims, runs
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState
from ingestion.taxonomy import classify
from tenants.models import Organization
from tests.ingestion.support import claimed, queue_run

TEN_MINUTES = dt.timedelta(minutes=10)


@pytest.fixture
def job(in_scope: Organization) -> Job:
    account = Connection.objects.create(
        org=in_scope, source="pinterest", name="Pinterest export", is_default=True
    )
    return Job.objects.create(org=in_scope, kind="import", connection=account)


@pytest.fixture
def ahead() -> Iterator[None]:
    with time_machine.travel(timezone.now() + TEN_MINUTES):
        yield


@pytest.fixture
def behind() -> Iterator[None]:
    with time_machine.travel(timezone.now() - TEN_MINUTES):
        yield


def seconds_until(moment: dt.datetime | None) -> float:
    """Return how far ``moment`` lies ahead by the database's clock."""
    assert moment is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM %s - clock_timestamp())", [moment])
        return float(cursor.fetchone()[0])


@pytest.mark.usefixtures("ahead")
class TestAhead:
    def test_what_is_queued_is_due_at_once(self, job: Job) -> None:
        run = runs.start_run(job)

        assert claims.claim(run_id=run.pk) is not None

    def test_what_yields_is_due_at_once(self, job: Job) -> None:
        run = queue_run(job)

        runs.yield_run(claimed(run))

        assert claims.claim(run_id=run.pk) is not None

    def test_a_retry_comes_when_it_was_meant_to(self, job: Job) -> None:
        run = queue_run(job)
        away = FetchError("The source is away.", fetch_code="network")

        runs.fail_run(claimed(run), classify(away))

        run.refresh_from_db()
        assert run.state == RunState.RETRY_WAIT
        assert 0 < seconds_until(run.run_after) < 20


@pytest.mark.usefixtures("behind")
class TestBehind:
    def test_a_lease_that_is_renewed_lasts(self, job: Job) -> None:
        run = queue_run(job)
        held = claimed(run)

        assert claims.renew(held)

        assert claims.sweep() == 0
        assert self._lease_s(run) > 50

    def test_a_lease_lasts_from_its_last_page(self, job: Job) -> None:
        run = queue_run(job)
        held = claimed(run)

        page = Page((), (), {"at": 1}, bytes_read=1)
        write_page(held, page, open_checkpoint(run, stream="pins"), via="export")

        assert claims.sweep() == 0
        assert self._lease_s(run) > 50

    def _lease_s(self, run: SyncRun) -> float:
        run.refresh_from_db()
        return seconds_until(run.lease_expires_at)
