"""What organizations that were there before are told of their data."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from connectors.errors import CorruptFileError
from ingestion.engine import runs
from ingestion.freshness.datasets import PICTURES, SAVED_ITEMS
from ingestion.freshness.tick import flip_due
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from ingestion.taxonomy import classify
from tenants.models import Organization
from tests.ingestion.crawler import as_json, pin
from tests.ingestion.freshness.worlds import begin, of
from tests.ingestion.support import import_bytes, tidy

pytestmark = pytest.mark.django_db

# What was learnt from runs as they ended.
SAME = (
    "as_of",
    "last_success_at",
    "last_changed_at",
    "last_run_id",
    "remind_every_s",
    "row_count",
    "state",
)


@pytest.fixture
def imported(in_scope: Organization) -> SyncRun:
    return import_bytes(in_scope, as_json([pin(1), pin(2)]), name="pins.json")


def upgrade() -> None:
    """Forget what is known, and run the statements of the migration."""
    DatasetStatus.objects.all().delete()
    migration = import_module("ingestion.migrations.0014_freshness_of_before")
    with connection.cursor() as cursor:
        cursor.execute(migration.EXPORTS)
        cursor.execute(migration.STANDING)
        cursor.execute(migration.CHECKED)


def known(name: str) -> dict[str, Any]:
    status = of(name)
    return {field: getattr(status, field) for field in SAME}


def test_an_import_is_as_fresh_as_if_its_end_had_been_noted(imported: SyncRun) -> None:
    before = known(SAVED_ITEMS)

    upgrade()

    assert known(SAVED_ITEMS) == before
    assert (before["row_count"], before["state"]) == (2, "fresh")


def test_an_old_import_is_out_of_date_at_once(imported: SyncRun) -> None:
    SyncRun.objects.filter(pk=imported.pk).update(started_at="2026-01-02T00:00Z")

    upgrade()

    assert of(SAVED_ITEMS).state == "stale"


def test_an_import_that_failed_after_a_good_one_is_no_success(imported: SyncRun) -> None:
    good = known(SAVED_ITEMS)
    held = begin(imported.job, imported.started_at or imported.created_at)
    runs.fail_run(held, classify(CorruptFileError("The file breaks off.")))

    upgrade()

    status = of(SAVED_ITEMS)
    assert (status.state, status.consecutive_failures) == ("action_required", 1)
    assert (status.as_of, status.user_message) == (good["as_of"], "The file breaks off.")


def test_what_never_ran_well_was_never_synced(imported: SyncRun) -> None:
    SyncRun.objects.update(state=RunState.FAILED, failure_type="system_error")

    upgrade()

    assert (of(SAVED_ITEMS).state, of(SAVED_ITEMS).as_of) == ("never_synced", None)


def test_what_was_cancelled_says_nothing(imported: SyncRun) -> None:
    SyncRun.objects.update(state=RunState.CANCELLED)

    upgrade()

    assert not DatasetStatus.objects.filter(name=SAVED_ITEMS).exists()


def test_a_night_of_before_says_nothing_of_each_chore(in_scope: Organization) -> None:
    tidy(in_scope)

    upgrade()

    assert not DatasetStatus.objects.exists()


def test_stages_are_counted_by_the_next_tick(imported: SyncRun) -> None:
    fetching = Job.objects.get(kind=JobKind.FETCH)
    runs.finish_run(begin(fetching, imported.created_at))

    upgrade()
    status = of(PICTURES)
    assert status.alert_at is not None
    flip_due(status.alert_at)

    assert (of(PICTURES).job_id, of(PICTURES).pending_count) == (fetching.pk, 2)
