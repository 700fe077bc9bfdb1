"""An organization in a database, and workers that can be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import server
from tests.embedded.conftest import temporary_var_dir
from tests.emptying import empty_all_tables
from tests.ingestion.chaos.tables import Tables, snapshot
from tests.ingestion.chaos.watch import ORG, Watch
from tests.worker.conftest import database_url

PROJECT = Path(__file__).parents[3]

QUEUE = """
import sys, uuid
from pathlib import Path
import django
django.setup()
from ingestion.imports import foreground
from tenants.models import User
from tests.factories import MembershipFactory, OrganizationFactory
org = OrganizationFactory.create(id=uuid.UUID(sys.argv[1]), name="Acme", slug="acme")
# Not by the factory: a hashed password has a salt of its own.
user = User.objects.create(email="olive@example.com", name="Olive", password="!")
MembershipFactory.create(org=org, user=user)
foreground.prepare(org, [Path(sys.argv[2])])
"""


class Installation:
    """Workers on one database, one at a time, and a bystander."""

    def __init__(self, environment: dict[str, str], url: Callable[[], str]) -> None:
        self._environment = os.environ | environment
        self._url = url
        self._zygote: subprocess.Popen[str] | None = None
        self.watch = Watch(url)

    def queue(self, export: Path) -> None:
        """Make the organization and queue the import of ``export``."""
        command = [sys.executable, "-c", QUEUE, str(ORG), str(export)]
        subprocess.run(command, cwd=PROJECT, env=self._environment, check=True)

    def start_worker(self, what: str) -> int:
        """Start a worker; return its number."""
        if self._zygote is None:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.ingestion.chaos.zygote"],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(f"{what}\n")
        self._zygote.stdin.flush()
        return self._answer()

    def wait_for_worker(self) -> int:
        """Wait until the worker has ended; return its status."""
        return self._answer()

    def work(self, what: str) -> None:
        """Let a worker do all that is due, undisturbed."""
        self.start_worker(what)
        status = self.wait_for_worker()
        assert status == 0, f"The worker ended with status {status}."

    def kill(self, worker: int) -> None:
        """End the worker with ``kill -9``."""
        os.kill(worker, signal.SIGKILL)
        status = self.wait_for_worker()
        assert status == signal.SIGKILL, f"The worker had ended before, with status {status}."

    def snapshot(self) -> Tables:
        """Return what is in the tables."""
        return snapshot(self._url(), ORG)

    def end(self) -> None:
        """End what forks the workers."""
        self.watch.close()
        if self._zygote is not None:
            self._zygote.kill()
            # Reads what is left, and closes the pipes.
            self._zygote.communicate()

    def _answer(self) -> int:
        assert self._zygote is not None
        assert self._zygote.stdout is not None
        return int(self._zygote.stdout.readline())


@contextmanager
def on_test_database(folder: Path, **more: str) -> Iterator[Installation]:
    """Give an installation on the tests' own database, and empty it afterwards."""
    environment = {
        "DATABASE_URL": database_url("default"),
        "DATABASE_OWNER_URL": database_url("owner"),
        "DJANGO_SETTINGS_MODULE": "config.settings_test",
        # A real installation, which has a secret, fetches nothing from loopback.
        "SECRET_KEY": "",
        "VAR_DIR": str(folder),
        "RENDITION_PROCESSES": "1",
        **more,
    }
    installation = Installation(environment, lambda: database_url("default"))
    try:
        yield installation
    finally:
        installation.end()
        empty_all_tables()


@contextmanager
def on_own_server() -> Iterator[tuple[Installation, Path]]:
    """Give an installation on an embedded server of its own, and the server's folder."""
    with temporary_var_dir() as folder:
        environment = {
            "VAR_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "DATABASE_URL": "",
            "DATABASE_OWNER_URL": "",
            "SECRET_KEY": "",
        }
        server.ensure_running(folder)
        migrate = [sys.executable, "manage.py", "migrate", "--database", "owner", "-v0"]
        subprocess.run(migrate, cwd=PROJECT, env=os.environ | environment, check=True)
        installation = Installation(environment, lambda: server.ensure_running(folder).app_url)
        try:
            yield installation, folder
        finally:
            installation.end()
