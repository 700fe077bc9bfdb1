"""Starting, sharing and stopping the embedded server."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.embedded import account, server
from config.embedded.binaries import find_binaries, readable_binaries
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.roles import Connection
from config.embedded.state import load_state
from tests.embedded.conftest import connect, postmaster_of, stop_supervisor, supervisor_of

HOLDER = """
import sys
from pathlib import Path
from config.embedded.server import ensure_running
ensure_running(Path(sys.argv[1]))
print("leased", flush=True)
sys.stdin.read()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another user")


@contextlib.contextmanager
def another_command(var_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a second process that leases the server until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(var_dir)],
        cwd=server.PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "leased\n"
        yield process


class TestFirstStart:
    def test_makes_a_database_out_of_nothing(self, owner: Connection) -> None:
        row = owner.execute(
            """SELECT current_database(), current_setting('server_encoding'), datlocale, datcollate,
                      current_setting('data_checksums'), current_setting('work_mem'),
                      current_setting('listen_addresses'), current_setting('jit')
               FROM pg_database WHERE datname = current_database()"""
        ).fetchone()

        assert row == ("magpie", "UTF8", "C.UTF-8", "C.UTF-8", "on", "32MB", "", "off")
        assert owner.info.server_version >= 180000

    def test_keeps_passwords_from_other_users(self, shared_var_dir: Path) -> None:
        assert (shared_var_dir / "embedded.json").stat().st_mode & 0o077 == 0
        assert "password" not in repr(load_state(shared_var_dir))

    def test_gives_a_stranger_no_way_in(self, shared_var_dir: Path) -> None:
        state = load_state(shared_var_dir)

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(state.url("magpie_owner", "guess"))

    def test_of_a_deep_folder_has_a_socket_that_fits(self, var_dir: Path) -> None:
        deep = var_dir / ("d" * 60) / ("e" * 60)
        deep.mkdir(parents=True)
        try:
            with contextlib.closing(connect(server.ensure_running(deep).app_url)) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        finally:
            stop_supervisor(deep)
            server.release(deep)
            shutil.rmtree(load_state(deep).socket_dir)

    @as_root
    def test_works_below_a_folder_that_only_root_enters(self, var_dir: Path) -> None:
        var_dir.parent.chmod(0o700)

        server.ensure_running(var_dir)

        assert postmaster_of(var_dir).uids().real != 0
        assert (var_dir / "pgdata").resolve() == load_state(var_dir).data_dir

    @as_root
    def test_copies_programs_that_only_root_reads(self, tmp_path: Path, var_dir: Path) -> None:
        site = tmp_path / "site"
        wheel = find_binaries().folder.parents[1]
        libraries = wheel.with_suffix(".libs")
        shutil.copytree(wheel / "pginstall18", site / wheel.name / "pginstall18")
        if libraries.exists():
            shutil.copytree(libraries, site / libraries.name)
        site.chmod(0o700)
        copies = var_dir.parent
        other = account.choose_account(copies / "none")

        binaries = readable_binaries(other, copies, site)

        assert copies in binaries.folder.parents
        assert other.can_run(binaries.program("psql"))
        assert other.can_run(binaries.program("initdb"))

    def test_refuses_a_cluster_of_another_version(self, var_dir: Path) -> None:
        load_state(var_dir)
        (var_dir / "pgdata").mkdir()
        (var_dir / "pgdata" / "PG_VERSION").write_text("17\n")

        with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 17.*manage.py backup"):
            server.ensure_running(var_dir)


class TestSharing:
    def test_second_command_joins_the_first(self, shared_var_dir: Path) -> None:
        server.ensure_running(shared_var_dir)
        first = postmaster_of(shared_var_dir)

        with another_command(shared_var_dir):
            assert postmaster_of(shared_var_dir) == first

    def test_many_commands_at_once_start_one_server(self, var_dir: Path) -> None:
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(another_command(var_dir))

            assert len(supervisor_of(var_dir).children()) == 1

    def test_server_ends_cleanly_after_its_last_command(
        self, var_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EMBEDDED_LINGER_S", "0.5")
        with another_command(var_dir) as command:
            server.ensure_running(var_dir)
            command.send_signal(signal.SIGKILL)
            command.wait()
            assert server.is_running(var_dir)

        server.release(var_dir)

        assert server.wait_until_stopped(var_dir, 30)
        assert not server.is_running(var_dir)
        assert "database system is shut down" in load_state(var_dir).log_file.read_text()

    def test_command_that_comes_during_the_end_starts_again(self, var_dir: Path) -> None:
        server.ensure_running(var_dir)
        supervisor = supervisor_of(var_dir)
        supervisor.terminate()

        endpoints = server.ensure_running(var_dir)

        supervisor.wait(30)
        with contextlib.closing(connect(server.ensure_running(var_dir).app_url)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert endpoints == server.ensure_running(var_dir)
