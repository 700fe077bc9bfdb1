"""Tells our postgres processes from others that merely carry a remembered number."""

import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

PID_FILE = "postmaster.pid"
QUIT_TIMEOUT_S = 5
FAST_STOP_TIMEOUT_S = 30
PR_SET_PDEATHSIG = 1


def end_leftovers(data_dir: Path) -> None:
    """End every postgres that still works on ``data_dir``, then drop its pid file.

    Called by the one supervisor, before it starts a server of its own: whatever is left
    was orphaned by a supervisor that was killed. A pid file alone proves nothing, because
    its number may belong to a foreign process after a reboot.
    """
    leftovers = list(_postgres_on(data_dir))
    _send(_postmasters(leftovers), signal.SIGINT)
    _, alive = psutil.wait_procs(leftovers, timeout=FAST_STOP_TIMEOUT_S if leftovers else 0)
    for number in (signal.SIGQUIT, signal.SIGKILL):
        _send(alive, number)
        _, alive = psutil.wait_procs(alive, timeout=QUIT_TIMEOUT_S)
    (data_dir / PID_FILE).unlink(missing_ok=True)


def die_with_parent(signal_number: int) -> Callable[[], None] | None:
    """Return what a child calls before exec to be signalled when its parent ends.

    Linux only; elsewhere ``end_leftovers`` of the next supervisor does the work.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal_number)

    return ask_kernel


def _postgres_on(data_dir: Path) -> Iterator[psutil.Process]:
    """Yield the postgres processes whose working folder is ``data_dir``."""
    wanted = data_dir.resolve()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name() == "postgres" and Path(process.cwd()) == wanted:
                yield process


def _postmasters(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes whose parent is not among ``processes``."""
    numbers = {process.pid for process in processes}
    heads = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.ppid() not in numbers:
                heads.append(process)
    return heads


def _send(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)
