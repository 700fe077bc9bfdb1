"""Two at once: a person and a worker, or two workers, each on a connection of their own."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from ingestion.engine import claims, runs
from ingestion.engine.claims import fence
from ingestion.imports.foreground import reload
from ingestion.imports.services import start_import
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import claimed, queue_import

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 20.0


class Somebody:
    """Does one thing in an organization, on a connection of their own."""

    def __init__(self, org: Organization, act: Callable[[], object]) -> None:
        self._org_id, self._act = org.pk, act
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._wait_until_blocked()

    def finish(self) -> None:
        """Wait for the end; raise what went wrong."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with org_scope(self._org_id):
                self._act()
        except BaseException as error:  # noqa: BLE001  # raised by ``finish``
            self._error = error
        finally:
            connections.close_all()

    def _wait_until_blocked(self) -> None:
        """Return once they wait for a lock of ours, or are through."""
        while self._thread.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return
            self._thread.join(0.02)


def test_a_cancel_that_meets_a_yield_counts(org: Organization) -> None:
    run = queue_import(org, as_zip(quirky_rows()))
    held = claimed(run)

    with org_scope(org.pk):
        runs.yield_run(held)
        person = Somebody(org, lambda: runs.request_cancel(run, by=None))
    person.finish()

    assert reload(run).state == RunState.CANCELLED


def test_a_start_waits_for_a_worker_without_keeping_it_from_the_job(org: Organization) -> None:
    look = queue_import(org, as_zip(quirky_rows()), is_dry_run=True)
    held = claimed(look)
    with org_scope(org.pk):
        job = Job.objects.get(pk=look.job_id)

    with org_scope(org.pk):
        fence(held)
        person = Somebody(org, lambda: start_import(job, by=None))
        # As a worker that says what the file is.
        Job.objects.filter(pk=job.pk).update(params={"reader": "pinterest"})
    person.finish()

    with org_scope(org.pk):
        assert SyncRun.objects.filter(job=job, is_dry_run=False).count() == 1


def test_a_claim_that_meets_a_run_which_joins_its_connection_leaves_the_other_in_line(
    org: Organization,
) -> None:
    first, second = (queue_import(org, as_zip(quirky_rows())) for _ in range(2))
    with org_scope(org.pk):
        SyncRun.objects.filter(pk=first.pk).update(connection_id=None)
    claimed(first)
    found: list[object] = []

    with org_scope(org.pk):
        SyncRun.objects.filter(pk=first.pk).update(connection_id=second.connection_id)
        worker = Somebody(org, lambda: found.append(claims.claim()))
    worker.finish()

    assert found == [None]
    assert reload(second).state == RunState.QUEUED
