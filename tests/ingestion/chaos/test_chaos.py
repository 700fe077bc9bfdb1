"""Kills of workers and of the database: the end is that of an import nobody disturbed."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connections

from config.embedded import server
from config.embedded.state import load_state
from ingestion.demo.exports import PINTEREST_EXPORT
from tests.conftest import flush_by_owner
from tests.embedded.conftest import postmaster_of, temporary_var_dir
from tests.ingestion.chaos.tables import snapshot
from tests.ingestion.crawler import Row, as_zip, board_of, pin
from tests.worker.conftest import database_url

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

PROJECT = Path(__file__).parents[3]
# Words are stored under a key of the organization's, so both imports are of the same one.
ORG = uuid.UUID("01a1fc00-0000-7000-8000-000000000001")
RECORDS = 6_000
PATIENCE_S = 60.0


class Installation:
    """An organization in a database, and workers that can be killed."""

    def __init__(self, environment: dict[str, str], url: Callable[[], str]) -> None:
        self._environment = os.environ | environment
        self._url = url
        self._zygote: subprocess.Popen[str] | None = None

    def queue(self, export: Path) -> None:
        """Make the organization and queue the import of ``export``."""
        self._python(QUEUE, str(export))

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
        assert self.wait_for_worker() == 0

    def come_due(self) -> None:
        """Let the time pass that leases and retries wait for."""
        with psycopg.connect(self._url()) as connection:
            connection.execute("SELECT set_config('app.org', %s, true)", [str(ORG)])
            connection.execute(
                "UPDATE ingestion_syncrun SET lost_streak = 0,"
                " lease_expires_at = CASE WHEN state = 'running' THEN now() - interval '1 s' END,"
                " run_after = least(run_after, now())"
                " WHERE state IN ('running', 'queued', 'retry_wait')"
            )
            connection.execute(
                "UPDATE media_stagestate SET due_at = least(due_at, now()) WHERE status = 'pending'"
            )

    def state(self) -> str:
        """Return the state of the import's run."""
        with psycopg.connect(self._url()) as connection:
            connection.execute("SELECT set_config('app.org', %s, true)", [str(ORG)])
            row = connection.execute(
                "SELECT state FROM ingestion_syncrun WHERE kind = 'import'"
            ).fetchone()
        assert row is not None
        return str(row[0])

    def snapshot(self) -> dict[str, list[str]]:
        """Return what the import left behind."""
        return snapshot(self._url(), ORG)

    def end(self) -> None:
        """End what forks the workers."""
        if self._zygote is not None:
            self._zygote.kill()
            # Reads what is left, and closes the pipes.
            self._zygote.communicate()

    def _answer(self) -> int:
        assert self._zygote is not None
        assert self._zygote.stdout is not None
        return int(self._zygote.stdout.readline())

    def _python(self, code: str, *arguments: str) -> None:
        command = [sys.executable, "-c", code, str(ORG), *arguments]
        subprocess.run(command, cwd=PROJECT, env=self._environment, check=True)


QUEUE = """
import sys, uuid
from pathlib import Path
import django
django.setup()
from ingestion.imports import foreground
from tests.factories import MembershipFactory, OrganizationFactory
org = OrganizationFactory.create(id=uuid.UUID(sys.argv[1]), name="Acme", slug="acme")
MembershipFactory.create(org=org)
foreground.prepare(org, [Path(sys.argv[2])])
"""


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6,000 pins on four boards, with doubles, changes of board and a few rows that are none."""
    chance = random.Random(7)
    rows: list[Row | str] = [pin(number) for number in range(RECORDS - 200)]
    doubles = [
        pin(chance.randrange(RECORDS - 200), board=board_of(chance.randrange(8)))
        for _ in range(190)
    ]
    mixed = [*rows, *doubles, *("not a record" for _ in range(10))]
    chance.shuffle(mixed)
    path = tmp_path_factory.mktemp("chaos") / "export.zip"
    path.write_bytes(as_zip(mixed))
    return path


@contextmanager
def on_test_database(folder: Path, **more: str) -> Iterator[Installation]:
    """Give an installation on the tests' own database, and empty it afterwards."""
    environment = {
        "DATABASE_URL": database_url("default"),
        "DATABASE_OWNER_URL": database_url("owner"),
        "DJANGO_SETTINGS_MODULE": "config.settings_test",
        "SECRET_KEY": settings.SECRET_KEY,
        "MASTER_KEYS": ",".join(settings.MASTER_KEYS),
        "VAR_DIR": str(folder),
        "RENDITION_PROCESSES": "1",
        **more,
    }
    installation = Installation(environment, lambda: database_url("default"))
    try:
        yield installation
    finally:
        installation.end()
        connections.close_all()
        flush_by_owner(None)  # type: ignore[arg-type]  # the case is not looked at


@pytest.fixture(scope="module")
def _undisturbed() -> dict[str, dict[str, list[str]]]:
    return {}


@pytest.fixture
def undisturbed(
    _undisturbed: dict[str, dict[str, list[str]]], export: Path, tmp_path: Path
) -> dict[str, list[str]]:
    """What the export leaves behind when nobody disturbs its import."""
    if "import" not in _undisturbed:
        with on_test_database(tmp_path / "calm") as calm:
            calm.queue(export)
            calm.work("import")
            _undisturbed["import"] = calm.snapshot()
    return _undisturbed["import"]


def kill_at_random(installation: Installation, what: str, *, times: int, within_s: float) -> int:
    """Kill ``times`` workers, each at a random moment; return how many were at work."""
    chance, hits = random.Random(), 0
    for _ in range(times):
        worker = installation.start_worker(what)
        time.sleep(chance.uniform(0.02, within_s))
        # It may have done everything before its turn to die.
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
        hits += installation.wait_for_worker() == signal.SIGKILL
        installation.come_due()
    return hits


def assert_same(found: dict[str, list[str]], expected: dict[str, list[str]]) -> None:
    """Compare table by table, and show the first rows that differ."""
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        missing = sorted(set(rows) - set(found[table]))[:3]
        surplus = sorted(set(found[table]) - set(rows))[:3]
        assert (table, missing, surplus) == (table, [], [])
        assert (table, len(found[table])) == (table, len(rows))


class TestKilledWorkers:
    def test_leave_the_library_of_an_undisturbed_import(
        self, undisturbed: dict[str, list[str]], export: Path, tmp_path: Path
    ) -> None:
        with on_test_database(tmp_path / "storm") as storm:
            storm.queue(export)

            hits = kill_at_random(storm, "import", times=8, within_s=0.9)
            storm.come_due()
            storm.work("import")

            assert hits >= 2
            assert storm.state() == "succeeded"
            assert_same(storm.snapshot(), undisturbed)

    def test_leave_the_pictures_of_an_undisturbed_fetch(self, tmp_path: Path) -> None:
        with picture_site() as port:
            mapped = {"FETCH_HOST_MAP": f"i.pinimg.com=127.0.0.1:{port}"}
            with on_test_database(tmp_path / "calm", **mapped) as calm:
                calm.queue(PINTEREST_EXPORT)
                work_until_done(calm)
                expected = calm.snapshot()
            with on_test_database(tmp_path / "storm", **mapped) as storm:
                storm.queue(PINTEREST_EXPORT)
                kill_at_random(storm, "all", times=8, within_s=1.5)
                work_until_done(storm)
                found = storm.snapshot()

        assert_same(found, expected)
        assert_same_files(tmp_path / "calm/blobs", tmp_path / "storm/blobs")


class TestKilledDatabase:
    def test_leaves_the_library_of_an_undisturbed_import(
        self, undisturbed: dict[str, list[str]], export: Path
    ) -> None:
        with temporary_var_dir() as folder:
            environment = {
                "VAR_DIR": str(folder),
                "DJANGO_SETTINGS_MODULE": "config.settings_test",
                "DATABASE_URL": "",
                "DATABASE_OWNER_URL": "",
            }
            server.ensure_running(folder)
            migrate = [sys.executable, "manage.py", "migrate", "--database", "owner", "-v0"]
            subprocess.run(migrate, cwd=PROJECT, env=os.environ | environment, check=True)
            storm = Installation(environment, lambda: server.ensure_running(folder).app_url)
            try:
                storm.queue(export)
                chance = random.Random()
                for _ in range(4):
                    storm.start_worker("import")
                    time.sleep(chance.uniform(0.1, 0.9))
                    postmaster_of(folder).kill()
                    storm.wait_for_worker()
                    wait_for_database(folder)
                    storm.come_due()
                storm.work("import")

                assert storm.state() == "succeeded"
                assert_same(storm.snapshot(), undisturbed)
            finally:
                storm.end()


def wait_for_database(folder: Path) -> None:
    """Wait until the supervisor has brought the database back."""
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            state = load_state(folder)
            with psycopg.connect(state.url("magpie_app", state.app_password)):
                return
        except psycopg.OperationalError:
            assert time.monotonic() < ends_at
            time.sleep(0.2)


def work_until_done(installation: Installation) -> None:
    """Let undisturbed workers do everything, stage after stage."""
    for _ in range(4):
        installation.come_due()
        installation.work("all")


@contextmanager
def picture_site() -> Iterator[int]:
    """Serve the demo's pictures on loopback; gives the port."""
    port = 9_731 + os.getpid() % 1_000
    command = [sys.executable, "-m", "ingestion.demo.site", "--port", str(port)]
    site = subprocess.Popen(command, cwd=PROJECT)
    try:
        ends_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.ConnectError:
                assert time.monotonic() < ends_at
                time.sleep(0.1)
        yield port
    finally:
        site.terminate()
        site.wait()


def assert_same_files(expected: Path, found: Path) -> None:
    """Compare the bytes of all pictures that are stored."""

    def contents(root: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(root)): path.read_bytes()
            for folder in ("blobs", "renditions")
            for path in (root / folder).rglob("*")
            if path.is_file()
        }

    assert contents(found) == contents(expected)
