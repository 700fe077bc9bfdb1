"""Children: their group, their end, and the wait before the next start."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.worker import child as child_module
from config.worker.child import Child
from config.worker.signs import leave
from config.worker.supervisor import IDLE_LIMIT_S, SILENCE_LIMIT_S, START_LIMIT_S, Cluster
from tests.worker.conftest import wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
FAIL = [sys.executable, "-c", "raise SystemExit(3)"]
LEAVE_A_CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("started")
"""
PARENT = [sys.executable, "-c", LEAVE_A_CHILD]


class TestChild:
    def test_what_its_group_left_behind_goes_with_it(self, tmp_path: Path) -> None:
        log = tmp_path / "child.log"
        child = Child(PARENT, log=log)
        child.start()
        group = child.pid
        wait_until(child.has_ended, "the parent ends and leaves its child")

        code = child.bury()

        assert (code, log.read_text()) == (0, "started\n")
        # A kill is not yet a death.
        wait_until(
            lambda: not [left for left in psutil.process_iter() if _group_of(left) == group],
            "what was left behind ends",
        )

    def test_after_each_end_it_waits_longer_before_it_starts_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(child_module, "FIRST_WAIT_S", 0.1)
        child = Child(FAIL)
        child._wait_s = 0.1
        waits = []
        for _ in range(3):
            wait_until(child.start_if_due, "the child is started")
            wait_until(child.has_ended, "the child ends")
            assert child.bury() == 3
            waits.append(round(child._start_at - time.monotonic(), 1))

        assert waits == [0.1, 0.2, 0.4]

    def test_it_is_down_before_its_start_and_after_its_end(self) -> None:
        child = Child(SLEEP)
        before = child.is_down()
        child.start()
        meanwhile = child.is_down()

        child.ask_to_end()
        ended_in_time = child.wait(until=time.monotonic() + 30)

        assert (before, meanwhile, ended_in_time, child.is_down()) == (True, False, True, True)
        child.bury()

    def test_a_log_that_grew_too_long_is_put_aside(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(child_module, "LOG_LIMIT_BYTES", 10)
        log = tmp_path / "child.log"
        log.write_text("a long history")
        child = Child([sys.executable, "-c", "print('new')"], log=log)

        child.start()
        wait_until(child.has_ended, "the child ends")
        child.bury()

        assert (log.read_text(), (tmp_path / "child.log.1").read_text()) == (
            "new\n",
            "a long history",
        )


class TestCluster:
    """Its process is replaced by one that only sleeps; the signs are what it would leave."""

    @pytest.fixture
    def cluster(self, tmp_path: Path) -> Iterator[Cluster]:
        cluster = Cluster("work", folder=tmp_path, drain_file=tmp_path / "drain")
        cluster.process = Child(SLEEP)
        cluster.start_if_due()
        yield cluster
        cluster.process.bury()

    def test_one_that_beats_is_well(self, cluster: Cluster) -> None:
        leave(cluster.signs.beat)

        assert cluster.fault(waiting_s=0) == ""

    def test_one_that_still_starts_is_well_for_a_while(self, cluster: Cluster) -> None:
        at_once = cluster.fault(waiting_s=0)
        cluster.process._started_at -= START_LIMIT_S

        assert (at_once, cluster.fault(waiting_s=0)) == ("", "gave no sign of life")

    def test_one_that_stopped_beating_is_not(self, cluster: Cluster) -> None:
        leave(cluster.signs.beat, ago_s=SILENCE_LIMIT_S + 1)

        assert cluster.fault(waiting_s=0) == "gave no sign of life"

    def test_one_that_lets_work_wait_and_does_nothing_is_not(self, cluster: Cluster) -> None:
        leave(cluster.signs.beat)
        leave(cluster.signs.task, ago_s=IDLE_LIMIT_S + 1)

        idle, waited_for = cluster.fault(waiting_s=0), cluster.fault(waiting_s=IDLE_LIMIT_S + 1)
        leave(cluster.signs.task)
        busy = cluster.fault(waiting_s=IDLE_LIMIT_S + 1)

        assert (idle, waited_for, busy) == ("", "left waiting work alone", "")

    def test_its_leases_carry_its_number(self, cluster: Cluster) -> None:
        assert cluster.owner.endswith(f":{cluster.process.pid}")


def _group_of(process: psutil.Process) -> int | None:
    try:
        # A dead process that nobody has asked for yet is none.
        return None if process.status() == psutil.STATUS_ZOMBIE else os.getpgid(process.pid)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return None
