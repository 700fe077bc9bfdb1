"""Operators see which clusters live, as real processes come and go."""

import os
import signal

import pytest

from ingestion.models import WorkerBeat
from tests.worker.conftest import Workers, wait_until

pytestmark = pytest.mark.chaos


def pids() -> dict[str, int]:
    return dict(WorkerBeat.objects.values_list("cluster", "pid"))


class TestBeats:
    def test_name_each_cluster_follow_its_restart_and_end_with_it(self, workers: Workers) -> None:
        wait_until(lambda: set(pids()) == {"control", "work"}, "each cluster has a row")
        first = pids()["work"]
        assert first == workers.main_pid()

        os.kill(first, signal.SIGKILL)
        wait_until(lambda: pids().get("work", first) != first, "the new cluster has the row")
        assert WorkerBeat.objects.count() == 2

        workers.supervisor.send_signal(signal.SIGTERM)
        assert workers.supervisor.wait(30) == 0
        assert pids() == {}
