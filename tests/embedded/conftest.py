"""A real embedded server for each module that asks for one."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded import server
from config.embedded.roles import Connection
from config.embedded.state import SHARED_HOME, load_state


@contextlib.contextmanager
def temporary_var_dir() -> Iterator[Path]:
    """Give a folder that the account of postgres can enter, unlike pytest's own."""
    root = Path(tempfile.mkdtemp(prefix="magpie-test-", dir="/tmp"))
    root.chmod(0o755)
    var_dir = root / "var"
    try:
        yield var_dir
    finally:
        home = load_state(var_dir).home
        stop_supervisor(var_dir)
        server.release(var_dir)
        if SHARED_HOME in home.parents:
            shutil.rmtree(home)
        shutil.rmtree(root)


def supervisor_of(var_dir: Path) -> psutil.Process:
    """Return the running supervisor of ``var_dir``."""
    supervisor = find_supervisor(var_dir)
    assert supervisor is not None
    return supervisor


def find_supervisor(var_dir: Path) -> psutil.Process | None:
    """Look for the supervisor of ``var_dir`` among all processes."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-2:] == ["config.embedded.supervisor", str(var_dir)]:
                return process
    return None


def stop_supervisor(var_dir: Path) -> None:
    """Shut the server of ``var_dir`` down, whoever leases it."""
    if supervisor := find_supervisor(var_dir):
        supervisor.terminate()
        assert server.wait_until_stopped(var_dir, 30)


def postmaster_of(var_dir: Path) -> psutil.Process:
    """Return the running postgres of ``var_dir``."""
    pid_file = load_state(var_dir).data_dir / "postmaster.pid"
    return psutil.Process(int(pid_file.read_text().split()[0]))


def connect(url: str) -> Connection:
    return psycopg.connect(url, autocommit=True)


@pytest.fixture
def var_dir() -> Iterator[Path]:
    with temporary_var_dir() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_var_dir() -> Iterator[Path]:
    """A server for all tests of a module."""
    with temporary_var_dir() as folder:
        server.ensure_running(folder)
        yield folder


@pytest.fixture
def endpoints(shared_var_dir: Path) -> server.Endpoints:
    return server.ensure_running(shared_var_dir)


@pytest.fixture
def app(endpoints: server.Endpoints) -> Iterator[Connection]:
    with contextlib.closing(connect(endpoints.app_url)) as connection:
        yield connection


@pytest.fixture
def owner(endpoints: server.Endpoints) -> Iterator[Connection]:
    with contextlib.closing(connect(endpoints.owner_url)) as connection:
        yield connection


@pytest.fixture
def superuser(shared_var_dir: Path, endpoints: server.Endpoints) -> Iterator[Connection]:
    state = load_state(shared_var_dir)
    with contextlib.closing(connect(state.url("postgres", state.superuser_password))) as connection:
        yield connection
