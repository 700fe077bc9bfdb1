"""A child process with a process group of its own, started again whenever it ends."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
# A child that lived this long was well: after its next end the waits begin anew.
HEALTHY_AFTER_S = 60.0
POLL_S = 0.05
PROJECT_DIR = Path(__file__).resolve().parents[2]
LOG_LIMIT_BYTES = 10_000_000


class Child:
    """One program and everything that it starts, as long as that stays in its group.

    Args:
        command: what to run.
        environment: added to ours.
        log: file that gets what it says; ours without one.
        preexec: called in the child before the program, as in ``subprocess``.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        preexec: Callable[[], None] | None = None,
    ) -> None:
        self._command, self._environment = list(command), dict(environment or {})
        self._log, self._preexec = log, preexec
        self._process: subprocess.Popen[bytes] | None = None
        self._wait_s = FIRST_WAIT_S
        self._started_at = self._start_at = time.monotonic()

    @property
    def pid(self) -> int | None:
        """The process number, which is that of the group too; None while it is down."""
        return self._process.pid if self._process else None

    @property
    def age_s(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self._started_at

    def start(self) -> None:
        """Start the program in a group of its own."""
        output = self._open_log()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own programs
                self._command,
                cwd=PROJECT_DIR,
                env=os.environ | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output and subprocess.STDOUT,
                process_group=0,
                preexec_fn=self._preexec,  # noqa: PLW1509  # one system call, before any thread
            )
        finally:
            if output is not None:
                os.close(output)
        self._started_at = time.monotonic()

    def start_if_due(self) -> bool:
        """Start it once the wait after its last end is over; return whether that was so."""
        if self._process is not None or time.monotonic() < self._start_at:
            return False
        self.start()
        return True

    def has_ended(self) -> bool:
        """Return whether it was started and is gone; its number stays taken until ``bury``."""
        if self._process is None:
            return False
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self._process.pid, options) is not None
        except ChildProcessError:
            return True

    def is_down(self) -> bool:
        """Return whether nothing of it runs, because it ended or was not started."""
        return self._process is None or self.has_ended()

    def bury(self) -> int:
        """Kill what is left of the group and return the exit code.

        The next start waits, 1 s at first and up to 30 s when it keeps on ending.
        """
        if self._process is None:
            return 0
        self._signal_group(signal.SIGKILL)
        code = self._process.wait()
        if self.age_s > HEALTHY_AFTER_S:
            self._wait_s = FIRST_WAIT_S
        self._start_at = time.monotonic() + self._wait_s
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)
        self._process = None
        return code

    def ask_to_end(self) -> None:
        """Send SIGTERM to the program, not to what it started: that is its own to end."""
        if self._process is not None and not self.is_down():
            self._process.terminate()

    def wait(self, *, until: float) -> bool:
        """Wait for the end, but not beyond ``until`` (monotonic); return whether it came."""
        while not self.is_down():
            if time.monotonic() > until:
                return False
            time.sleep(POLL_S)
        return True

    def _signal_group(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _open_log(self) -> int | None:
        if self._log is None:
            return None
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        return os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
