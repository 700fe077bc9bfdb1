"""A django-q2 cluster that ends rather than goes on broken."""

import logging
import os
import sys
from collections.abc import Callable
from multiprocessing.context import ForkProcess
from typing import Any, NoReturn

from django_q import cluster as django_q_cluster
from django_q.signals import pre_execute

logger = logging.getLogger(__name__)

EXIT_BROKEN = 70
TIMED_OUT, RECYCLED = 0.0, -2.0


class FailFastSentinel(django_q_cluster.Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """Ends the cluster when one of its processes dies in a way that may leave a lock held.

    A worker that is killed while it waits for a task holds the read lock of the queue for
    ever: django-q2 starts another worker, reports itself well, and runs no task again.
    """

    on_beat: Callable[[], None]

    def reincarnate(self, process: ForkProcess) -> None:
        """Replace a worker that timed out or was recycled; end after any other death."""
        if process in (self.monitor, self.pusher) or not _ended_as_planned(process):
            logger.critical("Process %s of the cluster died; ending the cluster.", process.pid)
            self._end()
        super().reincarnate(process)

    def status(self) -> Any:
        """Return the status; asked for in each turn of the guard, so it is the heartbeat."""
        self.on_beat()
        return super().status()

    def _end(self) -> NoReturn:
        for process in (*self.pool, self.monitor, self.pusher):
            process.kill()
        os._exit(EXIT_BROKEN)


def serve_cluster(*, on_beat: Callable[[], None], on_task: Callable[[], None]) -> NoReturn:
    """Run the cluster that ``Q_CLUSTER_NAME`` names until SIGTERM, then exit.

    Args:
        on_beat: called by the sentinel, about twice a second.
        on_task: called by a worker when it begins a task.

    Raises:
        SystemExit: 0 after SIGTERM, another code when the cluster broke.
    """

    def begin_task(**_: object) -> None:
        on_task()

    FailFastSentinel.on_beat = staticmethod(on_beat)
    django_q_cluster.Sentinel = FailFastSentinel
    pre_execute.connect(begin_task, weak=False)
    cluster = django_q_cluster.Cluster()
    cluster.start()
    cluster.sentinel.join()
    sys.exit(EXIT_BROKEN if cluster.sentinel.exitcode else 0)


def _ended_as_planned(worker: Any) -> bool:
    return worker.timer.value in (TIMED_OUT, RECYCLED)
