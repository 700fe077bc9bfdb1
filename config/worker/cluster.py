"""The program of one cluster process; the supervisor starts it with what it must know.

MAGPIE_SUPERVISOR=<pid> MAGPIE_SIGNS=<folder> Q_CLUSTER_NAME=work python -m config.worker.cluster
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import NoReturn

import django
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from config.embedded.processes import die_with_parent
from config.worker.signs import LifeSigns, leave

# The sentinel is a child of this process; workers, pusher and monitor are its children.
GENERATIONS_OF_A_CLUSTER = 2


def main() -> NoReturn:
    """Serve the cluster until SIGTERM, its supervisor's end, or a fault."""
    _die_with(int(os.environ["MAGPIE_SUPERVISOR"]))
    name = os.environ["Q_CLUSTER_NAME"]
    os.environ["MAGPIE_LEASE_OWNER"] = f"{os.environ['MAGPIE_LEASE_OWNER']}:{os.getpid()}"
    signs = LifeSigns.of(name, folder=Path(os.environ["MAGPIE_SIGNS"]))
    django.setup()
    connection_created.connect(_end_stopped_transactions)
    # Imported here: the queue needs the models.
    from tenants.queue.cluster import serve_cluster  # noqa: PLC0415

    serve_cluster(on_beat=partial(leave, signs.beat), on_task=partial(leave, signs.task))


def _end_stopped_transactions(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Have the server end a transaction in which a worker says nothing for as long as a lease.

    One that was stopped, or whose machine is gone, would hold its run's row, and nobody could
    go on with it. Ours last milliseconds, and slow work is done outside of them. In the midst
    of a COPY the server waits on; there the queue's time-out ends the worker.
    """
    with connection.cursor() as cursor:
        limit = f"{settings.LEASE_S}s"
        cursor.execute("SET idle_in_transaction_session_timeout = %s", [limit])


def _die_with(supervisor_pid: int) -> None:
    """Have the kernel kill this process with its parent, and the cluster with this process."""
    ask_kernel = die_with_parent(signal.SIGKILL)
    if ask_kernel is None:
        return
    ask_kernel()
    if os.getppid() != supervisor_pid:
        # It ended before we asked.
        sys.exit(1)
    generation = 0

    def follow() -> None:
        nonlocal generation
        generation += 1
        # Not further down: what a worker starts may well outlive the thread that started it.
        if generation <= GENERATIONS_OF_A_CLUSTER:
            ask_kernel()

    os.register_at_fork(after_in_child=follow)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main()
