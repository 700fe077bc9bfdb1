"""The process that runs postgres as its child for as long as some command needs it.

Started by ``server.ensure_running``, it goes to the background by itself. It ends when no
command has held the lease for a while, and then shuts the server down cleanly.
"""

import logging
import os
import signal
import sys
import time
from pathlib import Path

import psycopg

from config.embedded import roles
from config.embedded.account import choose_account
from config.embedded.binaries import readable_binaries
from config.embedded.cluster import EmbeddedPostgres
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.locks import FileLock
from config.embedded.state import State, load_state

logger = logging.getLogger("magpie.embedded")

# A moment between two commands of one `make` target, so that they share one start; tests that
# wait for the end set a shorter one.
LINGER_S = float(os.environ.get("EMBEDDED_LINGER_S") or 5.0)
POLL_S = 0.1
FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 10.0
# A server that lived this long was well: the next crash starts with a short wait again.
HEALTHY_AFTER_S = 60.0
# Commands look whether a supervisor is there by touching its lock for a moment.
LOCK_TIMEOUT_S = 2.0
LOG_LIMIT_BYTES = 10_000_000


class Supervisor:
    """Keeps one server alive while it is leased."""

    def __init__(self, server: EmbeddedPostgres, state: State, own_lock: FileLock) -> None:
        self._server, self._state, self._own_lock = server, state, own_lock
        self._lease = FileLock(state.lease_file)
        self._stop_asked = False
        self._is_prepared = False
        self._backoff_s = FIRST_BACKOFF_S
        self._started_at = 0.0
        self._free_since: float | None = None

    def ask_to_stop(self, *_: object) -> None:
        """Shut down at the next turn (signal handler)."""
        self._stop_asked = True

    def run(self) -> None:
        """Serve until nobody needs the server; start it again whenever it dies."""
        self._start()
        while not self._stop_asked and not self._is_abandoned():
            if not self._own_lock.is_in_place():
                # The folder was deleted under us, and another server may be in its place.
                break
            if not self._server.is_alive():
                self._restart()
            elif not self._is_prepared:
                self._prepare()
            time.sleep(POLL_S)
        self._server.stop()

    def _start(self) -> None:
        self._started_at = time.monotonic()
        self._server.start()

    def _restart(self) -> None:
        if time.monotonic() - self._started_at > HEALTHY_AFTER_S:
            self._backoff_s = FIRST_BACKOFF_S
        logger.warning("postgres ended; starting it again in %.1f s", self._backoff_s)
        time.sleep(self._backoff_s)
        self._backoff_s = min(self._backoff_s * 2, LONGEST_BACKOFF_S)
        self._start()

    def _prepare(self) -> None:
        """Make roles and database once the server answers."""
        try:
            roles.prepare(
                self._server.connect,
                owner_password=self._state.owner_password,
                app_password=self._state.app_password,
            )
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                logger.warning("embedded.json was lost; setting the passwords anew")
                self._server.stop()
                self._server.reset_superuser_password()
            return
        self._is_prepared = True
        logger.info("ready")

    def _is_abandoned(self) -> bool:
        """Return whether the lease was free for a while; if so, it is ours until we end.

        A command that comes while the server shuts down waits for the lock, and then
        starts it again.
        """
        if not self._lease.try_exclusive():
            self._free_since = None
            return False
        now = time.monotonic()
        self._free_since = self._free_since or now
        if now - self._free_since < LINGER_S:
            self._lease.unlock()
            return False
        logger.info("no command uses the server any more")
        return True


def main(var_dir: Path) -> int:
    """Make the cluster if need be, go to the background, and supervise until the end.

    Returns:
        The exit code: 0 as well when another supervisor runs, 1 after a failure, whose
        reason is the last line of the log.
    """
    state = load_state(var_dir)
    own_lock = FileLock(state.supervisor_file)
    if not own_lock.wait_exclusive(LOCK_TIMEOUT_S):
        return 0
    log = _open_log(state.log_file)
    logging.basicConfig(
        stream=os.fdopen(log, "a", closefd=False),
        level=logging.INFO,
        format="%(asctime)s supervisor: %(message)s",
    )
    try:
        account = choose_account(state.data_dir)
        binaries = readable_binaries(account, state.home)
        server = EmbeddedPostgres(state, binaries, account, log)
        server.create()
        if os.fork():
            # The child alone goes on, and nobody has to wait for it.
            return 0
        supervisor = Supervisor(server, state, own_lock)
        signal.signal(signal.SIGTERM, supervisor.ask_to_stop)
        signal.signal(signal.SIGINT, supervisor.ask_to_stop)
        supervisor.run()
    except (EmbeddedPostgresError, OSError) as error:
        logger.error("%s", error)  # noqa: TRY400  # a sentence for people, not a trace
        return 1
    return 0


def _open_log(path: Path) -> int:
    """Open the log for appending; what grew too long becomes ``….1``."""
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
