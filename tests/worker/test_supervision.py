"""Workers are killed in every way, and the work goes on."""

import os
import signal

import psutil
import pytest

from ingestion.models import RunEvent, SyncRun
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.processes import has_ended, left_of
from tests.worker.conftest import Workers, family, fresh, queue_run, wait_until

pytestmark = pytest.mark.chaos

# A limit of the product's promise, not a benchmark.
RECOVERY_S = 30.0


def wait_for_end(run: SyncRun, *, within_s: float = 60.0) -> None:
    """Wait until the run has ended well."""
    wait_until(
        lambda: fresh(run).state == RunState.SUCCEEDED, "the run ends well", within_s=within_s
    )


class TestKilledProcesses:
    def test_work_goes_on_after_the_idle_worker_that_holds_the_queues_lock_is_killed(
        self, workers: Workers, workplace: Organization
    ) -> None:
        wait_for_end(queue_run(workplace))
        before = workers.main_pid()

        workers.worker().kill()
        run = queue_run(workplace)

        wait_for_end(run, within_s=RECOVERY_S)
        assert workers.main_pid() != before

    def test_work_goes_on_after_the_sentinel_is_killed(
        self, workers: Workers, workplace: Organization
    ) -> None:
        wait_for_end(queue_run(workplace))
        orphan, sentinel = workers.worker(), workers.sentinel()
        assert sentinel is not None

        sentinel.kill()
        run = queue_run(workplace)

        wait_for_end(run, within_s=RECOVERY_S)
        assert has_ended(orphan)

    def test_work_goes_on_after_the_first_process_of_the_cluster_is_killed(
        self, workers: Workers, workplace: Organization
    ) -> None:
        wait_for_end(queue_run(workplace))
        orphan, main = workers.worker(), workers.main_pid()
        assert main is not None

        os.kill(main, signal.SIGKILL)
        run = queue_run(workplace)

        wait_for_end(run, within_s=RECOVERY_S)
        assert has_ended(orphan)

    def test_a_killed_workers_run_is_given_back_and_ends_well(
        self, workers: Workers, workplace: Organization
    ) -> None:
        workers.hold_file.touch()
        run = queue_run(workplace)
        busy = workers.wait_until_busy()

        os.kill(busy, signal.SIGKILL)
        workers.hold_file.unlink()

        # Well before the lease of a minute would have run out.
        wait_for_end(run, within_s=RECOVERY_S)
        assert len(workers.slices()) == 2
        with org_scope(run.org_id):
            events = list(RunEvent.objects.filter(run=run).values_list("name", flat=True))
        assert "rescued" in events


class TestTheEndOfTheSupervisor:
    def test_told_to_stop_it_lets_the_run_yield_and_leaves_nothing_behind(
        self, workers: Workers, workplace: Organization
    ) -> None:
        workers.hold_file.touch()
        run = queue_run(workplace)
        workers.wait_until_busy()
        processes = family(workers.supervisor.pid)

        workers.supervisor.send_signal(signal.SIGTERM)

        assert workers.supervisor.wait(RECOVERY_S) == 0
        assert left_of(processes) == []
        left = fresh(run)
        assert (left.state, left.attempt, left.lost_streak) == (RunState.QUEUED, 0, 0)

    def test_killed_it_takes_every_process_with_it(
        self, workers: Workers, workplace: Organization
    ) -> None:
        workers.hold_file.touch()
        queue_run(workplace)
        workers.wait_until_busy()
        processes = family(workers.supervisor.pid)

        workers.supervisor.kill()

        _, alive = psutil.wait_procs(processes, timeout=RECOVERY_S)
        assert alive == []
