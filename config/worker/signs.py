"""Signs of life that a cluster leaves for its supervisor: files whose times say when."""

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LifeSigns:
    """When a cluster was last seen.

    The times are those of the monotonic clock, so that a laptop that slept or a clock that
    was set makes no cluster look dead.

    Attributes:
        beat: touched by the sentinel about twice a second.
        task: touched by a worker that begins a task.
    """

    beat: Path
    task: Path

    @classmethod
    def of(cls, name: str, *, folder: Path) -> "LifeSigns":
        """Return the signs of the cluster ``name`` in the supervisor's ``folder``."""
        return cls(beat=folder / f"{name}.beat", task=folder / f"{name}.task")

    def reset(self) -> None:
        """Forget the cluster that was; the time of the next one begins here."""
        self.beat.unlink(missing_ok=True)
        self.task.unlink(missing_ok=True)


def leave(sign: Path, *, ago_s: float = 0) -> None:
    """Say that it happened, just now or ``ago_s`` seconds ago."""
    at_ns = time.monotonic_ns() - int(ago_s * 1e9)
    sign.touch()
    os.utime(sign, ns=(at_ns, at_ns))


def age_s(sign: Path) -> float | None:
    """Return how long ago it happened; None if it did not."""
    try:
        left_ns = sign.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return (time.monotonic_ns() - left_ns) / 1e9
