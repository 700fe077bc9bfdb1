"""Two hosts' worth of supervised workers, work for many organizations, and what befalls them."""

import io
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, LiteralString, TypeAlias

import psutil
import psycopg
from django.conf import settings
from django.db.models.functions import Least, Now
from PIL import Image

from config.worker.child import PROJECT_DIR
from ingestion.imports import foreground
from ingestion.models import SyncRun
from ingestion.models.run import WAITING_STATES
from media.models import StageState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.chaos.watch import wait_until
from tests.ingestion.crawler import as_zip, pin
from tests.worker.conftest import database_url, family

LEASE_S = 5
STOPPED_AT_MOST_S = 45.0
CALM_AFTER_S = 300.0
SUPERVISORS = 2
PINS_PER_EXPORT = 120
# Run, lease token and lease owner.
Held: TypeAlias = tuple[Any, ...]
Blow: TypeAlias = Callable[[int, Callable[[], bool]], bool]

HELD = """
SELECT r.id, r.lease_token, r.lease_owner
  FROM ingestion_syncrun r
 WHERE r.state = 'running' AND r.lost_streak < 2
   AND NOT EXISTS (
     SELECT 1 FROM ingestion_syncrun w
      WHERE w.state = 'running' AND w.lost_streak >= 2
        AND split_part(w.lease_owner, ':', 4) = split_part(r.lease_owner, ':', 4))
"""


class Pictures(BaseHTTPRequestHandler):
    """Answers each address with a picture of its own, and not too fast."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    picture = b""
    answer_s = 0.05

    def do_GET(self) -> None:
        """Answer with the same pixels in other bytes."""
        time.sleep(self.answer_s)
        body = self.picture + self.path.encode()
        with suppress(OSError):
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Say nothing."""


@contextmanager
def pictures() -> Iterator[str]:
    """Serve them on loopback; yield the map that leads the pins' host there."""
    content = io.BytesIO()
    Image.new("RGB", (96, 64), "teal").save(content, "JPEG")
    Pictures.picture = content.getvalue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"i.pinimg.com=127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Storm:
    """Supervised clusters on the test's database; kills and pauses hit those that hold a run.

    Attributes:
        kills, pauses: how many hit, which is: the engine took the run away from the worker.
    """

    def __init__(self, folder: Path, host_map: str, orgs: list[Organization]) -> None:
        self._folder, self._orgs = folder, orgs
        self.exports = {org.pk: 0 for org in orgs}
        self.kills = self.pauses = 0
        self._chance = random.Random(11)
        # The engine sees all runs, as no other role does.
        self._eye = psycopg.connect(database_url("owner"), autocommit=True)
        self._eye.execute("SET ROLE magpie_engine")
        environment = os.environ | {
            "DATABASE_URL": database_url("default"),
            "DATABASE_OWNER_URL": database_url("owner"),
            "DJANGO_SETTINGS_MODULE": "tests.ingestion.chaos.settings",
            # A real installation, which has a secret, fetches nothing from loopback. Pokes are
            # signed with the one that is kept here.
            "SECRET_KEY": "",
            "VAR_DIR": str(settings.VAR_DIR),
            "CHAOS_FILES": str(settings.STORAGES["default"]["OPTIONS"]["location"]),
            "FETCH_HOST_MAP": host_map,
            "LEASE_S": str(LEASE_S),
            "WORK_PROCESSES": "3",
            "RENDITION_PROCESSES": "1",
            "WORKER_GRACE_S": "20",
        }
        command = [sys.executable, "manage.py", "run_worker", "--skip-checks"]
        self._supervisors = [
            subprocess.Popen(command, cwd=PROJECT_DIR, env=environment) for _ in range(SUPERVISORS)
        ]

    def bring(self, org: Organization) -> None:
        """Bring an export of new pins for ``org``, as on the command line."""
        begin = self.exports[org.pk] * PINS_PER_EXPORT
        self.exports[org.pk] += 1
        path = self._folder / f"{org.pk}-{begin}.zip"
        path.write_bytes(as_zip([pin(begin + number) for number in range(PINS_PER_EXPORT)]))
        foreground.prepare(org, [path])

    def rage(self, *, kills: int, pauses: int) -> None:
        """Kill and pause workers at work until so many of each have hit."""
        while self.kills < kills or self.pauses < pauses:
            self._keep_busy()
            held = self._choose()
            if self.kills < kills and (self.pauses >= pauses or self._chance.random() < 0.5):
                self.kills += self._strike(held, self._kill)
            else:
                self.pauses += self._strike(held, self._pause)

    def calm(self) -> None:
        """Wait until nothing is left to do, without the hours that next tries would wait."""
        ends_at = time.monotonic() + CALM_AFTER_S
        while self._count("state IN ('queued', 'running', 'retry_wait')"):
            assert time.monotonic() < ends_at, "Waited in vain for peace."
            for org in self._orgs:
                with org_scope(org.pk):
                    waiting = SyncRun.objects.filter(state__in=WAITING_STATES)
                    waiting.update(run_after=Least("run_after", Now()))
                    StageState.objects.filter(due_at__gt=Now()).update(due_at=Now())
            time.sleep(1)

    def end(self) -> None:
        """End the workers, and whatever they left."""
        left = [each for process in self._supervisors for each in family(process.pid)]
        for process in self._supervisors:
            process.send_signal(signal.SIGTERM)
        for process in self._supervisors:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
        for each in left:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self._eye.close()

    def _keep_busy(self) -> None:
        """Bring more work where the workers are about to run out of it."""
        if self._count("state IN ('queued', 'running')") < len(self._orgs):
            self.bring(self._chance.choice(self._orgs))

    def _choose(self) -> Held:
        """Return a run that is worked, and that the product would go on with after a loss."""
        found: list[Held] = []

        def is_one_worked() -> bool:
            found[:] = self._eye.execute(HELD).fetchall()
            return bool(found)

        wait_until(is_one_worked, "a run is worked")
        time.sleep(self._chance.uniform(0, 0.3))
        return self._chance.choice(found)

    def _strike(self, held: Held, blow: Blow) -> bool:
        """Strike who holds the run; return whether it hit: the run was taken away for it."""

        def is_taken() -> bool:
            row = self._eye.execute(
                "SELECT count(*) FROM ingestion_syncrun"
                " WHERE id = %s AND state = 'running' AND lease_token = %s",
                held[:2],
            ).fetchone()
            assert row is not None
            return not row[0]

        try:
            return not is_taken() and blow(int(held[2].rpartition(":")[2]), is_taken)
        except ProcessLookupError:
            # It went with its cluster, by an earlier blow.
            return False

    def _kill(self, worker: int, is_taken: Callable[[], bool]) -> bool:
        os.kill(worker, signal.SIGKILL)
        if is_taken():
            return False
        wait_until(is_taken, "the run of a killed worker is given to another")
        return True

    def _pause(self, worker: int, is_taken: Callable[[], bool]) -> bool:
        """Stop a worker for longer than its lease, and let it go on beside the one after it."""
        try:
            os.kill(worker, signal.SIGSTOP)
            if is_taken():
                return False
            ends_at = time.monotonic() + STOPPED_AT_MOST_S
            while not (was_taken := is_taken()) and time.monotonic() < ends_at:
                time.sleep(0.05)
            # It was stopped in the midst of a COPY, which holds the row for as long.
            return was_taken
        finally:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)

    def _count(self, condition: LiteralString) -> int:
        row = self._eye.execute(
            f"SELECT count(*) FROM ingestion_syncrun WHERE {condition}"
        ).fetchone()
        assert row is not None
        return int(row[0])
