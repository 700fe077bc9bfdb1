"""The operating system's user that runs postgres, which refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedPostgresError

ACCOUNT_NAME = "magpie-pg"
FALLBACK_NAME = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """Who postgres runs as; ``None`` ids mean whoever runs this command."""

    uid: int | None = None
    gid: int | None = None

    def run_as(self) -> dict[str, int | list[int]]:
        """Return the keywords of ``subprocess`` that drop privileges to this account."""
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Make ``path`` belong to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def owns(self, path: Path) -> bool:
        """Return whether ``path`` belongs to this account and to nobody else's writing."""
        found = path.lstat()
        expected = os.geteuid() if self.uid is None else self.uid
        return found.st_uid == expected and not found.st_mode & 0o022

    def can_enter(self, folder: Path) -> bool:
        """Return whether this account reaches ``folder`` through all folders above it."""
        if self.uid is None:
            return os.access(folder, os.X_OK)
        command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
        return _succeeds(command, self)

    def can_run(self, program: Path) -> bool:
        """Return whether this account can execute ``program --version``."""
        return _succeeds([str(program), "--version"], self)


def choose_account(data_dir: Path) -> Account:
    """Return the account for ``data_dir``: its owner, else ours, else a system user.

    Raises:
        EmbeddedPostgresError: we are root and there is no user to become.
    """
    if os.geteuid() != 0:
        return Account()
    if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    entry = _entry(ACCOUNT_NAME) or _create() or _entry(FALLBACK_NAME)
    if entry is None:
        message = (
            "PostgreSQL does not run as root, and no other user could be made. Create one "
            f"with `useradd --system {ACCOUNT_NAME}`, run Magpie as a normal user, or set "
            "DATABASE_URL to a server of your own."
        )
        raise EmbeddedPostgresError(message)
    return Account(entry.pw_uid, entry.pw_gid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd | None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command = [program, *options, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME]
    # Another command may make the same user at the same time: the entry decides.
    subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # fixed arguments
    return _entry(ACCOUNT_NAME)


def _succeeds(command: list[str], account: Account) -> bool:
    try:
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603  # keywords by platform
            command, capture_output=True, check=False, cwd="/", **account.run_as()
        )
    except PermissionError:
        return False
    return bool(done.returncode == 0)
