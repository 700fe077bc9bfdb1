"""The real product in a folder of its own, started and ended as a person does it."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from config.product.ports import LOOPBACK, any_free_port
from tests.factories import PASSWORD
from tests.leaks import FORMS

PROJECT_DIR = Path(__file__).resolve().parents[2]
START_S = 150.0
STOP_S = 60.0
# No other command follows.
AT_ONCE = {"EMBEDDED_LINGER_S": "0.1"}
# All that the product gets from around it; no setting of the suite reaches it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER")


class Product:
    """``manage.py run`` with its demo, on a database and a port of its own.

    Args:
        settings: more of its environment, such as where named hosts are served.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._settings = dict(settings or {})
        # Unlike pytest's own folders, one that the account of postgres can enter.
        self._root = Path(tempfile.mkdtemp(prefix="magpie-e2e-"))
        self._root.chmod(0o755)
        self.var_dir = self._root / "var"
        self._port = any_free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it serves, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def output(self) -> str:
        """All that the command has said so far."""
        return (self._root / "output").read_text()

    def start(self) -> None:
        """Start it, and wait until it is healthy.

        Raises:
            RuntimeError: it ended, or was not healthy in time; the message is what it said.
        """
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {"VAR_DIR": str(self.var_dir), "DEMO": "1", **AT_ONCE, **self._settings}
        command = [sys.executable, "manage.py", "run", "--port", str(self._port)]
        with (self._root / "output").open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=PROJECT_DIR, env=environment, stdout=output, stderr=output
            )
        until = time.monotonic() + START_S
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"The product did not start. It said:\n{self.output}")
            time.sleep(0.2)

    def stop(self) -> list[str]:
        """End it as Ctrl-C does; return what is wrong with how it ended."""
        assert self._process is not None
        processes = self.processes()
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            return [f"It had not ended {STOP_S:.0f} s after Ctrl-C."]
        complaints = [] if code == 0 else [f"It ended with exit code {code}:\n{self.output}"]
        complaints += self._leaks()
        _, alive = psutil.wait_procs(processes, timeout=STOP_S)
        return complaints + [f"It left a process behind: {process}" for process in alive]

    def _leaks(self) -> list[str]:
        """Return which logs hold a secret of the installation, or of a test."""
        own: dict[str, str] = json.loads((self.var_dir / "secrets.json").read_text())
        secret = re.compile("|".join([FORMS, *map(re.escape, [*own.values(), PASSWORD])]))
        logs = [self._root / "output", *(self.var_dir / "log").glob("*")]
        return [
            f"A secret stands in {log.name}: {found[0][:12]}…"
            for log in logs
            if (found := secret.search(log.read_text(errors="replace")))
        ]

    def remove(self) -> None:
        """Leave nothing on the machine, whatever happened before."""
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self._process is not None:
            self._process.wait(STOP_S)
        shutil.rmtree(self._root)

    def processes(self) -> list[psutil.Process]:
        """Return all its processes, the detached database server included."""
        own = [process for process in psutil.process_iter() if self._is_ours(process)]
        below = [child for process in own for child in _children(process)]
        return list({process.pid: process for process in own + below}.values())

    def workers(self) -> list[psutil.Process]:
        """Return the processes that may hold a run: those at the end of the work cluster."""
        return [
            process
            for process in self.processes()
            if _environment(process).get("Q_CLUSTER_NAME") == "work" and not _children(process)
        ]

    def demo_sign_in(self) -> dict[str, str]:
        """Return ``email``, ``password`` and ``org`` of the demo."""
        found: dict[str, str] = json.loads((self.var_dir / "demo.json").read_text())
        return found

    def fetched_pictures(self) -> int:
        """Return how many pictures were asked of the site of the demo's pictures so far."""
        return (self.var_dir / "log" / "pictures.log").read_text().count('"GET ')

    def _is_ours(self, process: psutil.Process) -> bool:
        return _environment(process).get("VAR_DIR") == str(self.var_dir)

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
