"""What is in flight is given up for a cancellation, and for others who wait; it costs no try."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import override_settings

from ingestion.engine import lease, runs
from ingestion.engine.drain import run_slice
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from ingestion.stages import base
from media.models import StageState
from media.models.stage import Stage
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.stages.sites import PictureSite, picture_site
from tests.ingestion.stages.units import queue_pictures, queue_stage, statuses
from tests.ingestion.support import claimed

# People are told that a cancellation takes no longer.
SOON_S = 5.0
NEVER_S = 120.0
# Of a worker; much longer than any of it may take.
PATIENCE_S = 25.0
ADDRESSES = [f"https://hangs.example.com/{number}.jpg" for number in range(3)]


@pytest.fixture
def hanging() -> Iterator[PictureSite]:
    with (
        picture_site(answers_after_s=NEVER_S) as site,
        override_settings(FETCH_HOST_MAP={"hangs.example.com": site.address}),
    ):
        yield site


def until_asked(site: PictureSite) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while not site.asked:
        assert time.monotonic() < ends_at
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("losses", [0, base.SUSPICIOUS_LOSSES])
def test_a_cancellation_does_not_wait_for_a_site_that_hangs(
    org: Organization, hanging: PictureSite, losses: int
) -> None:
    with org_scope(org.pk):
        queue_pictures(org, ADDRESSES)
        run = queue_stage(org, Stage.FETCH)
        SyncRun.objects.filter(pk=run.pk).update(lost_streak=losses)
    held = claimed(run)

    def work() -> None:
        try:
            run_slice(held)
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    until_asked(hanging)
    began = time.monotonic()
    with org_scope(org.pk):
        assert runs.request_cancel(run, by=None)
    worker.join(PATIENCE_S)

    assert time.monotonic() - began < SOON_S
    with org_scope(org.pk):
        run.refresh_from_db()
        assert run.state == RunState.CANCELLED
        assert set(StageState.objects.values_list("status", "attempts", "error_code")) == {
            ("pending", 0, "")
        }


@pytest.mark.django_db
@pytest.mark.usefixtures("hanging")
def test_others_do_not_wait_for_a_site_that_hangs(
    in_scope: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "BEGIN_S", 0.2)
    monkeypatch.setattr(base, "GRACE_S", 0.2)
    monkeypatch.setattr(lease, "LISTEN_EVERY_S", 0.05)
    queue_pictures(in_scope, ADDRESSES)
    run = queue_stage(in_scope, Stage.FETCH)
    began = time.monotonic()

    run_slice(claimed(run), is_awaited=lambda: True)

    assert time.monotonic() - began < SOON_S
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert statuses(Stage.FETCH) == {"pending": 3}
    assert set(StageState.objects.values_list("attempts", "error_code")) == {(0, "")}
