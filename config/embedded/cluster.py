"""One database cluster and the postgres process that serves it."""

import locale
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from config.embedded.account import Account
from config.embedded.binaries import POSTGRES_MAJOR, Binaries
from config.embedded.configuration import HBA, server_settings
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.processes import die_with_parent, end_leftovers
from config.embedded.state import State

SUPERUSER = "postgres"
FAST_STOP_TIMEOUT_S = 60
QUIT_TIMEOUT_S = 5
CONNECT_TIMEOUT_S = 5
# Nothing of the caller's PG* or LD_* variables reaches the server. LC_ALL keeps macOS
# from making the postmaster multi-threaded.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class EmbeddedPostgres:
    """The server on ``state.data_dir``; the caller holds the supervisor's lock."""

    def __init__(self, state: State, binaries: Binaries, account: Account, log: int) -> None:
        self._state, self._binaries, self._account, self._log = state, binaries, account, log
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Make the cluster if there is none, and end what a killed supervisor left of it.

        It comes to its place by one rename: an interrupted ``initdb`` leaves nothing.

        Raises:
            EmbeddedPostgresError: the cluster is of another version, or initdb failed.
        """
        data_dir = self._state.data_dir
        if not data_dir.exists():
            fresh = data_dir.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=0o700)
            self._account.own(fresh)
            self._initdb(fresh)
            fresh.rename(data_dir)
        major = (data_dir / "PG_VERSION").read_text().strip()
        if major != str(POSTGRES_MAJOR):
            message = (
                f"{data_dir} was made by PostgreSQL {major}, this is {POSTGRES_MAJOR}. With the "
                "previous release run `manage.py backup`, move the folder away, and run "
                "`manage.py restore` with this one."
            )
            raise EmbeddedPostgresError(message)
        # An orphan may still answer for a moment; nobody must take it for the server.
        end_leftovers(data_dir)

    def start(self) -> None:
        """Start postgres as our child; it is ready only when ``is_ready`` says so."""
        data_dir = self._state.data_dir
        end_leftovers(data_dir)
        self._write(data_dir / "postgresql.conf", server_settings(self._state, self._binaries))
        self._write(data_dir / "pg_hba.conf", HBA)
        self._process = self._spawn(
            [str(self._binaries.program("postgres")), "-D", str(data_dir)],
            # SIGINT is postgres' fast shutdown: a killed supervisor leaves no orphan.
            preexec_fn=die_with_parent(signal.SIGINT),
            start_new_session=True,
        )

    def is_alive(self) -> bool:
        """Return whether the process that we started is still there."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Return whether the server answers; false while it recovers."""
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """Connect as the superuser, whose only use is ``roles.prepare``."""
        address = self._state.url(SUPERUSER, self._state.superuser_password, database)
        return psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)

    def stop(self) -> None:
        """Shut down fast, with a checkpoint; by force only when that takes too long."""
        if self._process is None:
            return
        for number, timeout_s in (
            (signal.SIGINT, FAST_STOP_TIMEOUT_S),
            (signal.SIGQUIT, QUIT_TIMEOUT_S),
            (signal.SIGKILL, QUIT_TIMEOUT_S),
        ):
            if self._process.poll() is not None:
                return
            self._process.send_signal(number)
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                continue

    def reset_superuser_password(self) -> None:
        """Give the superuser our password while the server is down.

        For a cluster whose ``embedded.json`` was lost: the passwords in it are then new.
        """
        command = [str(self._binaries.program("postgres")), "--single", "-D"]
        statement = f"ALTER ROLE {SUPERUSER} PASSWORD '{self._state.superuser_password}'\n"
        end_leftovers(self._state.data_dir)
        single = self._spawn([*command, str(self._state.data_dir), "postgres"], stdin=True)
        single.communicate(statement.encode())

    def _initdb(self, folder: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=folder.parent, prefix="embedded.") as password:
            password.write(self._state.superuser_password.encode())
            password.flush()
            self._account.own(Path(password.name))
            process = self._spawn(
                [
                    str(self._binaries.program("initdb")),
                    f"--pgdata={folder}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    # Code point order from PostgreSQL itself: no operating system's update
                    # changes it, and plain indexes serve prefix searches.
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    f"--locale={_system_locale()}",
                    "--lc-messages=C",
                    "--text-search-config=simple",
                    "--data-checksums",
                ]
            )
            if process.wait() != 0:
                message = "initdb could not make the database."
                raise EmbeddedPostgresError(message)

    def _spawn(
        self, command: list[str], *, stdin: bool = False, **options: object
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603  # own programs
            command,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=self._state.home,
            env=ENVIRONMENT,
            umask=0o077,
            **self._account.run_as(),
            **options,
        )

    def _write(self, path: Path, text: str) -> None:
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        self._account.own(fresh)
        fresh.replace(path)


def _system_locale() -> str:
    """Return a UTF-8 locale of this machine; it classifies letters for the text search."""
    before = locale.setlocale(locale.LC_CTYPE)
    for name in ("C.UTF-8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, before)
        return name
    return "C"
