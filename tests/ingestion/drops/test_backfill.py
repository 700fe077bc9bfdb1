"""A window of a folder, read once more: the folder's own job does it, and so holds it."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from ingestion.control import backfill, pause, rewind
from ingestion.drops import kind, space
from ingestion.drops.queries import watched_folders
from ingestion.drops.services import stop_watching
from ingestion.engine import claims
from ingestion.models import CheckpointHistory, DatasetStatus, Job, SyncRun
from ingestion.models.run import RunMode, RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.drops.support import (
    imports_of,
    items_of,
    later,
    look,
    pins,
    put,
    watched,
)
from tests.ingestion.support import make_due, work

pytestmark = pytest.mark.django_db

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
MONTH = dt.timedelta(days=31)


def queue_backfill(job: Job) -> SyncRun:
    with org_scope(job.org_id):
        run = backfill(job, LONG_AGO, None, None).run
        make_due(run.pk, job.org)
    return run


def failing_for(path: str) -> Callable[..., Any]:
    """Return what opens all files but one, with which the storage has trouble."""
    open_dropped = space.open_dropped

    def open_or_fail(org_id: uuid.UUID, name: str, *args: Any) -> Any:
        if name == path:
            raise OSError(name)
        return open_dropped(org_id, name, *args)

    return open_or_fail


class TestBackfill:
    def test_waits_while_the_folder_is_paused(self, org: Organization) -> None:
        put(org, "a.json", pins(1))
        job = watched(org)
        queue_backfill(job)

        with org_scope(org.pk):
            pause(job, None)

        assert (claims.due_count(), claims.claim()) == (0, None)

    def test_ends_with_the_watching(self, org: Organization) -> None:
        put(org, "a.json", pins(1))
        job = watched(org)
        run = queue_backfill(job)

        with org_scope(org.pk):
            stop_watching(job, by=None)

        with org_scope(org.pk):
            run.refresh_from_db()
            assert run.state == RunState.CANCELLED
            assert not DatasetStatus.objects.filter(name="drop_folder").exists()
        assert imports_of(org) == []

    def test_is_no_second_folder(self, org: Organization) -> None:
        job = watched(org)
        queue_backfill(job)

        with org_scope(org.pk):
            assert [folder.job for folder in watched_folders(org)] == [job]

    def test_leaves_what_is_on_its_way_beside_its_window_to_the_next_look(
        self, org: Organization
    ) -> None:
        put(org, "new.json", pins(1))
        job = watched(org)
        with org_scope(org.pk):
            run = backfill(job, LONG_AGO, LONG_AGO + MONTH, None).run
            make_due(run.pk, org)

        run = work(run)

        assert (run.state, run.raw_count) == (RunState.SUCCEEDED, 0)
        with org_scope(org.pk):
            assert not SyncRun.objects.open().filter(job=job).exists()


class TestRewind:
    def test_passes_by_nothing_that_a_waiting_run_has_handled(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(org, "a.json", pins(1), age_days=3)
        job = watched(org)
        look(job)
        put(org, "b.json", pins(2), age_days=2)
        put(org, "c.json", pins(3), age_days=1)
        with monkeypatch.context() as patch:
            patch.setattr(kind, "open_dropped", failing_for("c.json"))
            waiting = look(job)
        assert waiting.state == RunState.RETRY_WAIT

        with org_scope(org.pk):
            first = CheckpointHistory.objects.order_by("sequence").first()
            assert first is not None
            queued = rewind(job, first, None)
            make_due(queued.run.pk, org)
        with later():
            run = work(queued.run)

        with org_scope(org.pk):
            waiting.refresh_from_db()
        assert (waiting.state, run.mode) == (RunState.CANCELLED, RunMode.REWIND)
        assert [path for path, *_ in items_of(run)] == ["b.json", "c.json"]
