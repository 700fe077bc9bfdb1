"""What the embedded server remembers in ``var/``: its places and its passwords."""

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from config.embedded.account import Account, choose_account
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.locks import FileLock

STATE_FILE = "embedded.json"
DATABASE = "magpie"
PORT = 5432  # only names the socket: the server listens on no network address
# sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero included.
SOCKET_PATH_LIMIT_BYTES = 103
# Where the server lives when its user cannot enter the folder of the product.
SHARED_HOME = Path("/var/lib/magpie")
SETUP_TIMEOUT_S = 60


def _password() -> str:
    return secrets.token_hex(24)


@dataclass(frozen=True, slots=True)
class State:
    """Places and passwords of one embedded server.

    Attributes:
        home: folder that the account of postgres can enter; holds everything but this file.
        socket_dir: folder of the socket; its path is short enough for the kernel.
    """

    home: Path
    socket_dir: Path
    superuser_password: str = field(default_factory=_password, repr=False)
    owner_password: str = field(default_factory=_password, repr=False)
    app_password: str = field(default_factory=_password, repr=False)

    @property
    def data_dir(self) -> Path:
        """The folder of the database cluster."""
        return self.home / "pgdata"

    @property
    def lease_file(self) -> Path:
        """Shared lock of every command that uses the server."""
        return self.home / "embedded.lease"

    @property
    def supervisor_file(self) -> Path:
        """Exclusive lock of the one supervisor."""
        return self.home / "embedded.supervisor"

    @property
    def log_file(self) -> Path:
        """What the supervisor and postgres say."""
        return self.home / "postgres.log"

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        """Return a libpq address; the passwords are hexadecimal, so nothing is quoted."""
        return f"postgresql://{role}:{password}@/{database}?host={self.socket_dir}&port={PORT}"


def load_state(var_dir: Path) -> State:
    """Return what is remembered in ``var_dir``, made on first use.

    Raises:
        EmbeddedPostgresError: the folder belongs to somebody else.
    """
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        known = _read(var_dir)
        if known and _is_usable(known):
            return known
        return _make(var_dir)
    except PermissionError as error:
        message = (
            f"{error.filename or var_dir} belongs to another user. Run Magpie as the user who "
            f"started it first, or give the folder {var_dir} to the present one."
        )
        raise EmbeddedPostgresError(message) from error


def _make(var_dir: Path) -> State:
    lock = FileLock(var_dir / "embedded.lock")
    try:
        if not lock.wait_exclusive(SETUP_TIMEOUT_S):
            message = f"Another command has been preparing {var_dir} for {SETUP_TIMEOUT_S} s."
            raise EmbeddedPostgresError(message)
        known = _read(var_dir)
        home = known.home if known and known.home.is_dir() else _choose_home(var_dir)
        account = choose_account(home / "pgdata")
        socket_dir = _make_socket_dir(known.socket_dir if known else home / "pgrun", account)
        fresh = State(home=home, socket_dir=socket_dir)
        state = replace(known, home=home, socket_dir=socket_dir) if known else fresh
        _write(var_dir, state)
        return state
    finally:
        lock.close()


def _choose_home(var_dir: Path) -> Path:
    account = choose_account(var_dir / "pgdata")
    if account.can_enter(var_dir):
        return var_dir
    SHARED_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="server-", dir=SHARED_HOME))
    home.chmod(0o755)
    pointer = var_dir / "pgdata"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(home / "pgdata")
    return home


def _make_socket_dir(wanted: Path, account: Account) -> Path:
    if _is_short(wanted):
        wanted.mkdir(mode=0o755, exist_ok=True)
        if wanted.lstat().st_uid == os.geteuid():
            account.own(wanted)
    if not _is_short(wanted) or not account.owns(wanted):
        wanted = Path(tempfile.mkdtemp(prefix="magpie-", dir="/tmp"))
        account.own(wanted)
    wanted.chmod(0o755)
    return wanted


def _is_usable(state: State) -> bool:
    """Return whether the socket's folder is there, short enough, and of postgres' account.

    A reboot empties ``/tmp``, and then somebody else could have made the folder.
    """
    if not state.socket_dir.is_dir() or not _is_short(state.socket_dir):
        return False
    if not state.data_dir.exists():
        return True
    return state.socket_dir.lstat().st_uid == state.data_dir.stat().st_uid


def _is_short(socket_dir: Path) -> bool:
    longest = f"{socket_dir}/.s.PGSQL.{PORT}.lock"
    return len(os.fsencode(longest)) <= SOCKET_PATH_LIMIT_BYTES


def _read(var_dir: Path) -> State | None:
    path = var_dir / STATE_FILE
    if not path.exists():
        return None
    values = json.loads(path.read_text())
    home = Path(values.pop("home") or var_dir)
    socket_dir = Path(values.pop("socket_dir") or home / "pgrun")
    return State(home=home, socket_dir=socket_dir, **values)


def _write(var_dir: Path, state: State) -> None:
    """Write atomically; places inside ``var_dir`` stay implicit, so that it can be moved."""
    values = asdict(state)
    values["home"] = "" if state.home == var_dir else str(state.home)
    in_home = state.socket_dir == state.home / "pgrun"
    values["socket_dir"] = "" if in_home else str(state.socket_dir)
    fresh = var_dir / f"{STATE_FILE}.new"
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(values, indent=2))
    fresh.replace(var_dir / STATE_FILE)
