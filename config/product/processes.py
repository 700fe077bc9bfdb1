"""The processes of the product on one machine: started, watched, and ended in order."""

import http.client
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.embedded.processes import die_with_parent
from config.product.ports import LOOPBACK, any_free_port
from config.worker.child import Child

POLL_S = 0.2
HEALTHY_LIMIT_S = 120.0
HEALTH_TIMEOUT_S = 5.0
WEB_GRACE_S, WORKER_GRACE_S = 2, 5
# What a part may need to end, beyond the grace that it gives to its work.
MARGIN_S = 3.0
ONE_KEYSTROKE_S = 0.5
LOG_TAIL_LINES = 12
DEMO_HOSTS = ("i.pinimg.com", "pictures.example.com")


@dataclass(frozen=True, slots=True)
class Part:
    """One child, what people call it, and how long it may take to end."""

    name: str
    child: Child
    log: Path
    patience_s: float


class Product:
    """Web server, workers and, in a demo, the site of its pictures.

    Args:
        port: of the web server.
        log_dir: gets a file for each part.
        with_pictures: whether the demo's pictures come from a site on this machine.
    """

    def __init__(self, *, port: int, log_dir: Path, with_pictures: bool) -> None:
        self._port, self._log_dir = port, log_dir
        self._stop_asked_at: float | None = None
        self._is_hurried = False
        # The workers' mails lead to the port that was free.
        site_url = os.environ.get("SITE_URL") or f"http://{LOOPBACK}:{port}"
        self._environment = {"PYTHONUNBUFFERED": "1", "SITE_URL": site_url}
        log_dir.mkdir(parents=True, exist_ok=True)
        pictures = [self._pictures()] if with_pictures else []
        # In the order in which they end: nobody may wait for a part that has gone.
        self._parts = [self._web(), self._workers(), *pictures]

    @property
    def stop_is_asked(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop_asked_at is not None

    def run(self, *, greet: Callable[[], None], say: Callable[[str], None]) -> None:
        """Serve until SIGTERM or Ctrl-C; the second time, end without waiting.

        Args:
            greet: called once, when the web server answers.
            say: gets a sentence whenever a part ended and is started again.

        Raises:
            RuntimeError: the web server does not come up; the message is its log's end.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        try:
            self._wait_until_healthy(say)
            if not self.stop_is_asked:
                greet()
            while not self.stop_is_asked:
                self._tend(say)
                time.sleep(POLL_S)
            say("\nStopping …")
        finally:
            for part in self._parts:
                self._end(part)

    def wait(self, is_over: Callable[[], bool], *, at_most_s: float) -> None:
        """Wait until it is over, unless somebody is in a hurry."""
        until = time.monotonic() + at_most_s
        while not is_over() and time.monotonic() < until and not self._is_hurried:
            time.sleep(POLL_S / 4)

    def _ask_to_stop(self, *_: object) -> None:
        now = time.monotonic()
        if self._stop_asked_at is None:
            self._stop_asked_at = now
        # The terminal and a wrapper may both pass on one Ctrl-C.
        elif now - self._stop_asked_at > ONE_KEYSTROKE_S:
            self._is_hurried = True

    def _web(self) -> Part:
        environment = {"BIND": f"{LOOPBACK}:{self._port}", "WEB_GRACE_S": str(WEB_GRACE_S)}
        command = ["-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
        return self._part("web", command, environment, patience_s=WEB_GRACE_S + MARGIN_S)

    def _workers(self) -> Part:
        environment = {"WORKER_GRACE_S": str(WORKER_GRACE_S)}
        command = ["manage.py", "run_worker", "--skip-checks"]
        return self._part("worker", command, environment, patience_s=WORKER_GRACE_S + MARGIN_S)

    def _pictures(self) -> Part:
        """Return the site of the demo's pictures, and point the other parts to it."""
        port = any_free_port()
        hosts = [f"{host}={LOOPBACK}:{port}" for host in DEMO_HOSTS]
        named = os.environ.get("FETCH_HOST_MAP", "")
        self._environment["FETCH_HOST_MAP"] = ",".join([*filter(None, [named]), *hosts])
        command = ["-m", "ingestion.demo.site", "--port", str(port)]
        return self._part("pictures", command, {}, patience_s=MARGIN_S)

    def _part(
        self, name: str, command: list[str], environment: dict[str, str], *, patience_s: float
    ) -> Part:
        log = self._log_dir / f"{name}.log"
        child = Child(
            [sys.executable, *command],
            environment=self._environment | environment,
            log=log,
            # Not even kill -9 leaves a part behind.
            preexec=die_with_parent(signal.SIGTERM),
        )
        return Part(name, child, log, patience_s)

    def _tend(self, say: Callable[[str], None]) -> None:
        for part in self._parts:
            if part.child.has_ended():
                code = part.child.bury()
                say(f"The part “{part.name}” ended (exit code {code}); starting it again.")
            part.child.start_if_due()

    def _wait_until_healthy(self, say: Callable[[str], None]) -> None:
        until = time.monotonic() + HEALTHY_LIMIT_S
        while not self.stop_is_asked and not self._is_healthy():
            if time.monotonic() > until:
                raise RuntimeError(_failure(self._parts[0].log))
            self._tend(say)
            time.sleep(POLL_S)

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=HEALTH_TIMEOUT_S)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _end(self, part: Part) -> None:
        part.child.ask_to_end()
        self.wait(part.child.is_down, at_most_s=part.patience_s)
        part.child.bury()


def _failure(log: Path) -> str:
    tail = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return "\n".join([f"The web server did not come up. {log} says:", *tail])
