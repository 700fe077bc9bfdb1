"""Keeps the clusters alive: starts them, looks after them, starts them again."""

import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from config.worker.child import Child
from config.worker.chores import Chores
from config.worker.signs import LifeSigns, age_s
from ingestion.engine.beats import Beat
from tenants.queue import is_on_demand, worker_count

logger = logging.getLogger(__name__)

POLL_S = 0.2
# Loading the product takes seconds on a small machine under load.
START_LIMIT_S = 120.0
# The sentinel beats twice a second. Silence means that it waits for a lock for ever.
SILENCE_LIMIT_S = 20.0
# Work waits, and no worker has begun any: a fault that shows no other way.
IDLE_LIMIT_S = 180.0
DATABASE_GRACE_S = 5.0


class Cluster:
    """One cluster process, and whether it is well."""

    def __init__(self, name: str, *, folder: Path, drain_file: Path) -> None:
        self.name = name
        self.owner = ""
        self.has_begun = False
        self.signs = LifeSigns.of(name, folder=folder)
        self._prefix = f"{socket.gethostname()}:{name}:{os.getpid()}"
        environment = {
            "Q_CLUSTER_NAME": name,
            "MAGPIE_SUPERVISOR": str(os.getpid()),
            "MAGPIE_SIGNS": str(folder),
            "MAGPIE_LEASE_OWNER": self._prefix,
            "MAGPIE_DRAIN_FILE": str(drain_file),
        }
        command = [sys.executable, "-m", "config.worker.cluster"]
        self.process = Child(command, environment=environment)

    def start_if_due(self) -> bool:
        """Start the process, unless it runs or has to wait; return whether that was so."""
        if self.process.pid is None:
            self.signs.reset()
        has_started = self.process.start_if_due()
        if has_started:
            self.owner = f"{self._prefix}:{self.process.pid}"
        return has_started

    def beat(self, *, is_draining: bool) -> Beat | None:
        """Return what is told of it while it lives."""
        pid = self.process.pid
        if pid is None or self.process.is_down():
            return None
        return Beat(self.owner, self.name, pid, worker_count(self.name), is_draining)

    def fault(self, *, waiting_s: float) -> str:
        """Return what is wrong with it, as the end of a sentence; nothing if it is well."""
        if self.process.pid is None:
            return ""
        if self.process.has_ended():
            return "ended"
        if self._is_silent():
            return "gave no sign of life"
        if waiting_s > IDLE_LIMIT_S and self._idle_s() > IDLE_LIMIT_S:
            return "left waiting work alone"
        return ""

    def _is_silent(self) -> bool:
        silence_s = age_s(self.signs.beat)
        if silence_s is None:
            return self.process.age_s > START_LIMIT_S
        return silence_s > SILENCE_LIMIT_S

    def _idle_s(self) -> float:
        last_s = age_s(self.signs.task)
        return self.process.age_s if last_s is None else last_s


class Supervisor:
    """Runs clusters until it is told to stop.

    Args:
        names: of the clusters, as in ``Q_CLUSTER``.
        grace_s: how long the workers may take for the batch in hand when told to stop.
    """

    def __init__(self, names: Sequence[str], *, grace_s: float) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="magpie-worker-"))
        self._drain_file = self._folder / "drain"
        self._grace_s = grace_s
        self._is_stopping = False
        self._clusters = [
            Cluster(name, folder=self._folder, drain_file=self._drain_file) for name in names
        ]
        # Replaced as a whole: the chores read it from their own thread.
        self._living: list[Beat] = []
        self._chores = Chores(names, lambda: self._living)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then end everything in order."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        self._chores.start()
        try:
            while not self._is_stopping:
                self._tend_all()
                time.sleep(POLL_S)
            self._stop()
        finally:
            for cluster in self._clusters:
                cluster.process.bury()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _ask_to_stop(self, *_: object) -> None:
        """Stop at the next turn; slices see the file and yield at the next batch."""
        self._drain_file.touch()
        self._is_stopping = True

    def _tend_all(self) -> None:
        has_changed = [self._tend(cluster) for cluster in self._clusters]
        self._tell_who_lives(at_once=any(has_changed))

    def _tell_who_lives(self, *, at_once: bool) -> None:
        beats = (cluster.beat(is_draining=self._is_stopping) for cluster in self._clusters)
        self._living = [beat for beat in beats if beat is not None]
        if at_once:
            self._chores.look_soon()

    def _tend(self, cluster: Cluster) -> bool:
        """Start what is down and end what is ill; return whether a process was started."""
        fault = cluster.fault(waiting_s=self._chores.waiting_s(cluster.name))
        if fault:
            code = cluster.process.bury()
            logger.warning(
                "The cluster %s %s (exit code %d); starting it again.", cluster.name, fault, code
            )
            self._chores.release(cluster.owner)
        if not cluster.has_begun and is_on_demand(cluster.name):
            # Loading the product costs memory and seconds: not for work that never comes.
            cluster.has_begun = self._chores.waiting_s(cluster.name) > 0
            if not cluster.has_begun:
                return False
        return cluster.start_if_due()

    def _stop(self) -> None:
        self._tell_who_lives(at_once=True)
        until = time.monotonic() + self._grace_s
        for cluster in self._clusters:
            cluster.process.ask_to_end()
        for cluster in self._clusters:
            cluster.process.wait(until=until)
            # Told to end before it could listen, it ends by the signal itself.
            if cluster.process.bury() not in (0, -signal.SIGTERM):
                logger.warning("The cluster %s did not end by itself.", cluster.name)
                self._chores.release(cluster.owner)
        self._chores.finish(DATABASE_GRACE_S)
