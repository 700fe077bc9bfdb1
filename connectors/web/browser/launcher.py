"""Becomes another program, which then ends with its parent and is known by its process id.

Run as a file, by an interpreter without site packages: it stands between Playwright, which starts
its programs in process groups of their own, and those programs. Arguments: the file that takes
the process id, the program, its arguments.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Note the process id, ask to be killed with the parent, and become the program."""
    noted, program, *arguments = sys.argv[1:]
    with Path(noted).open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    die_with_parent()
    be_expendable()
    os.execv(program, [program, *arguments])  # noqa: S606  # the program is ours


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends; Linux only."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        # It ended before it could be asked about.
        sys.exit(1)


def be_expendable() -> None:
    """Leave no memory dump behind, and be what the kernel ends first when memory runs out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800", encoding="ascii")


if __name__ == "__main__":
    main()
