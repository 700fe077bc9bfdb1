"""The door to the embedded server: starts it, shares it, lets it go.

Every command holds a shared lock, the lease, for as long as it lives. A detached
supervisor runs postgres while anybody holds one, so that `migrate` alone brings its own
server, and `make test` beside `make run` uses the one that runs.
"""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from config.embedded import roles
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.locks import FileLock, is_locked
from config.embedded.state import State, load_state

# Recovery after a crash may replay up to max_wal_size.
READY_TIMEOUT_S = 120.0
# The longest fast shutdown that a newcomer waits for, with some to spare.
LEASE_TIMEOUT_S = 90.0
POLL_S = 0.05
CONNECT_TIMEOUT_S = 5
LOG_TAIL_LINES = 8
PROJECT_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where to connect: one libpq address per login role."""

    app_url: str = field(repr=False)
    owner_url: str = field(repr=False)


_leases: dict[Path, FileLock] = {}
_mutex = threading.Lock()


def _renew_mutex() -> None:
    global _mutex  # noqa: PLW0603  # a forked child has no thread that could unlock the old one
    _mutex = threading.Lock()


os.register_at_fork(after_in_child=_renew_mutex)


def ensure_running(var_dir: Path) -> Endpoints:
    """Lease the server of ``var_dir``, start it if need be, and wait until it answers.

    Cheap when it runs already, so it may be called before every connection. The lease
    ends with the process (and with the last of its forked children), or by ``release``.

    Raises:
        EmbeddedPostgresError: the server did not become ready within 120 s.
    """
    with _mutex:
        state = load_state(var_dir)
        endpoints = endpoints_of(state)
        _lease(state)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            if not is_locked(state.supervisor_file):
                _start_supervisor(var_dir, state)
            elif _answers(endpoints.app_url):
                return endpoints
            if time.monotonic() > deadline:
                raise _failure(state, f"PostgreSQL was not ready within {READY_TIMEOUT_S:.0f} s.")
            time.sleep(POLL_S)


def keep_lease_in_next_program(var_dir: Path) -> None:
    """Let the lease outlive an ``exec``, for a program that takes this process's place."""
    with _mutex:
        _leases[load_state(var_dir).lease_file].make_inheritable()


def release(var_dir: Path) -> None:
    """End this process's lease; the server stops soon if it was the last one."""
    with _mutex:
        lease = _leases.pop(load_state(var_dir).lease_file, None)
        if lease is not None:
            lease.close()


def wait_until_stopped(var_dir: Path, timeout_s: float) -> bool:
    """Wait for the clean end of a server that nobody leases; return whether it ended."""
    state = load_state(var_dir)
    deadline = time.monotonic() + timeout_s
    while is_locked(state.supervisor_file):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def is_running(var_dir: Path) -> bool:
    """Return whether the server of ``var_dir`` answers, without starting it."""
    state = load_state(var_dir)
    return is_locked(state.supervisor_file) and _answers(endpoints_of(state).app_url)


def endpoints_of(state: State) -> Endpoints:
    """Return the addresses of the two login roles."""
    return Endpoints(
        app_url=state.url(roles.APP, state.app_password),
        owner_url=state.url(roles.OWNER, state.owner_password),
    )


def _lease(state: State) -> None:
    lease = _leases.get(state.lease_file)
    if lease is not None and lease.is_in_place():
        return
    lease = FileLock(state.lease_file)
    if not lease.wait_shared(LEASE_TIMEOUT_S):
        lease.close()
        raise _failure(state, "The previous PostgreSQL is still shutting down.")
    _leases[state.lease_file] = lease


def _start_supervisor(var_dir: Path, state: State) -> None:
    """Start the supervisor detached, so that no signal to our group reaches it.

    It comes back when the cluster exists and the supervisor went to the background.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "COV_"))
    }
    done = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-m", "config.embedded.supervisor", str(var_dir)],
        cwd=PROJECT_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )
    if done.returncode != 0:
        raise _failure(state, "The embedded PostgreSQL could not be started.")


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _failure(state: State, sentence: str) -> EmbeddedPostgresError:
    try:
        tail = state.log_file.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        tail = []
    return EmbeddedPostgresError("\n".join([f"{sentence} {state.log_file} says:", *tail]))
