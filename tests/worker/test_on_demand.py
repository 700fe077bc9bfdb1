"""The cluster of the faces sleeps until it has work, and is mended like the others from then on."""

import os
import signal

import pytest

from ingestion.models import SyncRun, WorkerBeat
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.queue import FACES, poke
from tenants.scope import org_scope
from tests.worker.conftest import Workers, fresh, queue_run, wait_until

pytestmark = pytest.mark.chaos


def pids() -> dict[str, int]:
    return dict(WorkerBeat.objects.values_list("cluster", "pid"))


def queue_for_faces(org: Organization) -> SyncRun:
    """Queue a run that only workers of the faces may claim."""
    with org_scope(org.pk):
        run = queue_run(org)
        SyncRun.objects.filter(pk=run.pk).update(cluster=FACES)
        poke(FACES)
    return run


def test_it_wakes_for_work_and_work_goes_on_after_it_is_killed(
    workers: Workers, workplace: Organization
) -> None:
    wait_until(lambda: set(pids()) == {"control", "work"}, "the others have begun")
    workers.hold_file.touch()

    run = queue_for_faces(workplace)
    workers.wait_until_busy()
    wait_until(lambda: FACES in pids(), "it has a row like the others")
    first = pids()[FACES]
    os.kill(first, signal.SIGKILL)
    workers.hold_file.unlink()

    wait_until(lambda: fresh(run).state == RunState.SUCCEEDED, "another of its workers goes on")
    wait_until(lambda: pids().get(FACES, first) != first, "the next one has the row")
    assert fresh(run).cluster == FACES
