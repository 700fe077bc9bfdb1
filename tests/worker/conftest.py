"""Workers as a person starts them, on the test's own database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connections

from config.worker.child import PROJECT_DIR
from ingestion.engine.kinds import register
from ingestion.engine.runs import start_run
from ingestion.models import Job, SyncRun
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import OrganizationFactory
from tests.worker.apps import HOLD, KIND, SLICES
from tests.worker.patient import Patient

# Generous: a full machine runs two such tests at a time.
PATIENCE_S = 60.0


def wait_until(is_so: Callable[[], bool], what: str, *, within_s: float = PATIENCE_S) -> float:
    """Wait until it is so; return how long that took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > within_s:
            pytest.fail(f"Waited {within_s:.0f} s in vain: {what}.")
        time.sleep(0.05)
    return time.monotonic() - began


def database_url(alias: str) -> str:
    """Return the address of the test's database for a process of its own."""
    known = connections[alias].get_connection_params()
    return (
        f"postgresql://{known['user']}:{known['password']}@/{known['dbname']}"
        f"?host={known['host']}&port={known['port']}"
    )


def environment(folder: Path) -> dict[str, str]:
    """Return what a command needs to work on the test's database, with files in ``folder``."""
    return os.environ | {
        "DATABASE_URL": database_url("default"),
        "DATABASE_OWNER_URL": database_url("owner"),
        "DJANGO_SETTINGS_MODULE": "tests.worker.settings",
        "PATIENT_FOLDER": str(folder),
        # Pokes are signed with it.
        "SECRET_KEY": settings.SECRET_KEY,
        "MASTER_KEYS": ",".join(settings.MASTER_KEYS),
        "VAR_DIR": str(folder / "var"),
        "WORK_PROCESSES": "1",
        "WORKER_GRACE_S": "20",
    }


def family(pid: int) -> list[psutil.Process]:
    """Return everything that the process has started, its children's children included."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


class Workers:
    """``manage.py run_worker`` and the processes below it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hold_file = folder / HOLD
        command = [sys.executable, "manage.py", "run_worker", "--skip-checks"]
        self.supervisor = subprocess.Popen(command, cwd=PROJECT_DIR, env=environment(folder))

    def main_pid(self) -> int | None:
        """Return the number of the work cluster's first process."""
        for process in psutil.Process(self.supervisor.pid).children():
            try:
                if process.environ().get("Q_CLUSTER_NAME") == "work":
                    return process.pid
            except (psutil.Error, OSError):
                continue
        return None

    def sentinel(self) -> psutil.Process | None:
        """Return the process that guards the workers."""
        main = self.main_pid()
        children = psutil.Process(main).children() if main else []
        return children[0] if children else None

    def worker(self) -> psutil.Process:
        """Return the only worker. Idle, it holds the read lock of the queue of tasks."""
        wait_until(lambda: self._guarded() is not None, "the cluster has all its processes")
        guarded = self._guarded()
        assert guarded is not None
        return guarded[0]

    def slices(self) -> list[int]:
        """Return the numbers of the processes that have worked a slice, in order."""
        noted = self._folder / SLICES
        return [int(line) for line in noted.read_text().split()] if noted.exists() else []

    def wait_until_busy(self) -> int:
        """Wait for the first slice to begin; return the worker's number."""
        wait_until(lambda: bool(self.slices()), "a worker takes the run")
        return self.slices()[0]

    def end(self) -> None:
        """End whatever is left."""
        left = family(self.supervisor.pid)
        if self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGTERM)
            try:
                self.supervisor.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
                self.supervisor.wait()
        for process in left:
            if process.is_running():
                process.kill()

    def _guarded(self) -> list[psutil.Process] | None:
        sentinel = self.sentinel()
        try:
            # In the order in which they were started: worker, monitor, pusher.
            children = sorted(sentinel.children(), key=lambda child: child.pid) if sentinel else []
        except psutil.NoSuchProcess:
            return None
        return children if len(children) == 3 else None


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Workers]:
    """Workers that run until the end of the test."""
    started = Workers(tmp_path)
    yield started
    started.end()


@pytest.fixture
def workplace(transactional_db: None) -> Organization:
    """The organization whose runs are worked."""
    return OrganizationFactory.create(name="Acme", slug="acme")


def queue_run(org: Organization) -> SyncRun:
    """Queue a run that ends once nobody holds it."""
    register(Patient())
    with org_scope(org.pk):
        return start_run(Job.objects.create(org=org, kind=KIND))


def fresh(run: SyncRun) -> SyncRun:
    """Return the run as it is by now."""
    with org_scope(run.org_id):
        return SyncRun.objects.get(pk=run.pk)
