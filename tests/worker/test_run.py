"""``manage.py run``: the whole product, from nothing to a page, and to nothing again."""

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.product.ports import LOOPBACK, any_free_port
from config.worker.child import PROJECT_DIR
from tests.processes import left_of
from tests.worker.conftest import environment, family, wait_until

pytestmark = pytest.mark.chaos

START_S = 180.0
STOP_S = 60.0


class Run:
    """The command, and what it says."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / "output"
        settings = environment(folder) | {
            "DEMO": "False",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        # A secret of its own in var/, as on a person's machine.
        del settings["SECRET_KEY"]
        command = [sys.executable, "manage.py", "run", "--port", str(any_free_port())]
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=PROJECT_DIR, env=settings, stdout=output, stderr=output
            )

    @property
    def output(self) -> str:
        """Everything it has said so far."""
        return self._output.read_text()

    def wait_until_ready(self) -> int:
        """Wait for the greeting; return the port that it names."""
        wait_until(
            lambda: "Press Ctrl-C" in self.output or self.process.poll() is not None,
            "the product is ready",
            within_s=START_S,
        )
        found = re.search(rf"http://{LOOPBACK}:(\d+)/", self.output)
        assert found, self.output
        return int(found[1])

    def end(self) -> None:
        """End whatever is left."""
        left = family(self.process.pid)
        self.process.kill()
        self.process.wait()
        for process in left:
            if process.is_running():
                process.kill()


@pytest.fixture
def run(transactional_db: None, tmp_path: Path) -> Iterator[Run]:
    """The product on the test's database."""
    started = Run(tmp_path)
    yield started
    started.end()


def status_of(port: int, path: str) -> int:
    """Return the status of a page; 0 if nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class TestRun:
    def test_it_greets_serves_mends_itself_and_leaves_nothing_behind(self, run: Run) -> None:
        port = run.wait_until_ready()
        assert status_of(port, "/healthz") == 200
        assert status_of(port, "/account/login/") == 200

        web = next(child for child in family(run.process.pid) if "gunicorn" in child.cmdline())
        web.kill()
        wait_until(lambda: "starting it again" in run.output, "the end is noticed")
        wait_until(lambda: status_of(port, "/healthz") == 200, "the web server is back")

        processes = family(run.process.pid)
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(STOP_S) == 0
        assert left_of(processes) == []

    def test_killed_it_takes_every_part_with_it(self, run: Run) -> None:
        run.wait_until_ready()
        processes = family(run.process.pid)

        run.process.kill()

        _, alive = psutil.wait_procs(processes, timeout=STOP_S)
        assert alive == []
