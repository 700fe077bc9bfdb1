"""What the embedded server survives."""

import contextlib
import os
import threading
from pathlib import Path

import psutil
import psycopg
import pytest

from config.embedded import server
from config.embedded.roles import Connection
from config.embedded.state import load_state
from tests.embedded.conftest import connect, postmaster_of, stop_supervisor, supervisor_of
from tests.processes import has_ended

pytestmark = pytest.mark.chaos


def write_until_it_breaks(url: str, acknowledged: list[int]) -> None:
    """Commit one number after the other and remember those that were confirmed."""
    with (
        contextlib.suppress(psycopg.OperationalError),
        contextlib.closing(connect(url)) as connection,
    ):
        for number in range(1_000_000):
            connection.execute("INSERT INTO written VALUES (%s)", [number])
            acknowledged.append(number)


def test_killed_postgres_comes_back(shared_var_dir: Path) -> None:
    server.ensure_running(shared_var_dir)
    before = postmaster_of(shared_var_dir)

    before.kill()
    psutil.wait_procs([before], timeout=10)
    server.ensure_running(shared_var_dir)

    assert postmaster_of(shared_var_dir) != before


def test_kill_while_writing_loses_nothing_that_was_confirmed(
    shared_var_dir: Path, endpoints: server.Endpoints, owner: Connection
) -> None:
    owner.execute("CREATE TABLE written (number int PRIMARY KEY)")
    acknowledged: list[int] = []
    writer = threading.Thread(
        target=write_until_it_breaks, args=[endpoints.owner_url, acknowledged]
    )
    writer.start()
    while len(acknowledged) < 50:
        assert writer.is_alive()

    postmaster = postmaster_of(shared_var_dir)
    for process in [postmaster, *postmaster.children()]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    writer.join()
    server.ensure_running(shared_var_dir)

    with contextlib.closing(connect(endpoints.owner_url)) as connection:
        found = {number for (number,) in connection.execute("SELECT number FROM written")}
    # One more may be there: committed, but killed before the confirmation arrived.
    assert found - set(acknowledged) <= {len(acknowledged)}
    assert set(acknowledged) <= found


def test_killed_supervisor_is_replaced_and_leaves_no_orphan(shared_var_dir: Path) -> None:
    server.ensure_running(shared_var_dir)
    supervisor, orphan = supervisor_of(shared_var_dir), postmaster_of(shared_var_dir)

    supervisor.kill()
    psutil.wait_procs([supervisor], timeout=10)
    server.ensure_running(shared_var_dir)

    assert has_ended(orphan)
    assert postmaster_of(shared_var_dir).ppid() == supervisor_of(shared_var_dir).pid


def test_pid_file_of_a_foreign_process_is_ignored(shared_var_dir: Path) -> None:
    stop_supervisor(shared_var_dir)
    data_dir = load_state(shared_var_dir).data_dir
    (data_dir / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir}\n1\n5432\n\n\n")

    server.ensure_running(shared_var_dir)

    assert postmaster_of(shared_var_dir).pid != os.getpid()


def test_lost_passwords_are_set_anew(shared_var_dir: Path, owner: Connection) -> None:
    owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    stop_supervisor(shared_var_dir)
    before = load_state(shared_var_dir)
    (shared_var_dir / "embedded.json").unlink()

    endpoints = server.ensure_running(shared_var_dir)

    assert load_state(shared_var_dir).owner_password != before.owner_password
    with contextlib.closing(connect(endpoints.owner_url)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_server_of_a_deleted_folder_ends(var_dir: Path) -> None:
    server.ensure_running(var_dir)
    supervisor, postmaster = supervisor_of(var_dir), postmaster_of(var_dir)

    var_dir.rename(var_dir.with_name("gone"))

    gone, alive = psutil.wait_procs([supervisor, postmaster], timeout=30)
    assert (len(gone), alive) == (2, [])
