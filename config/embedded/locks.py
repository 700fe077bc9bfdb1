"""File locks that the kernel drops with the process, whatever ends it."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.02


class FileLock:
    """One open lock file; closing it (or the end of the process) gives the lock back.

    Forked children share the lock: it is held until the last of them has gone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_shared(self) -> bool:
        """Take the lock together with others; return whether that worked."""
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Take the lock alone; return whether that worked."""
        return self._try(fcntl.LOCK_EX)

    def wait_shared(self, timeout_s: float) -> bool:
        """Take the lock together with others, waiting at most ``timeout_s``."""
        return _wait(self.try_shared, timeout_s)

    def wait_exclusive(self, timeout_s: float) -> bool:
        """Take the lock alone, waiting at most ``timeout_s``."""
        return _wait(self.try_exclusive, timeout_s)

    def unlock(self) -> None:
        """Give the lock back and keep the file open."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give up this process's share of the lock."""
        os.close(self._descriptor)

    def make_inheritable(self) -> None:
        """Keep the lock in programs that this process turns into."""
        os.set_inheritable(self._descriptor, True)

    def is_in_place(self) -> bool:
        """Return whether the path still names the file that is locked."""
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self._descriptor)
        return (named.st_dev, named.st_ino) == (mine.st_dev, mine.st_ino)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_locked(path: Path) -> bool:
    """Return whether some process holds the lock at ``path`` exclusively."""
    lock = FileLock(path)
    try:
        return not lock.try_shared()
    finally:
        lock.close()


def _wait(attempt: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not attempt():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
