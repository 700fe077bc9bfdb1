"""What git says of the checkout that the product runs from; nothing where there is no git."""

import dataclasses
import subprocess
from typing import Final

from config.env import BASE_DIR

PATIENCE_S: Final = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Checkout:
    """Where the checkout stands, and the files that differ from it.

    Attributes:
        branch: empty where none is checked out.
        changed: paths with their two letters of ``git status --short``.
    """

    branch: str
    commit: str
    subject: str
    changed: list[str]


def checkout() -> Checkout | None:
    """Return where the checkout stands; None without git or a commit."""
    head = _git("log", "-1", "--format=%H%n%s")
    if head is None:
        return None
    commit, _, subject = head.partition("\n")
    return Checkout(
        branch=(_git("branch", "--show-current") or "").strip(),
        commit=commit,
        subject=subject.strip(),
        changed=(_git("status", "--short") or "").splitlines(),
    )


def commits_since(commit: str) -> list[str] | None:
    """Return the commits that came after ``commit``, newest first; None if it is not known."""
    listed = _git("log", "--format=%h %s", f"{commit}..HEAD")
    return None if listed is None else listed.splitlines()


def _git(*arguments: str) -> str | None:
    """Return what git says, or None where it cannot say it."""
    try:
        done = subprocess.run(  # noqa: S603  # our own arguments
            ["git", *arguments],  # noqa: S607  # wherever the machine has it
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
