"""The processes of one render: started together, watched together, killed together.

The child and Playwright's driver share a process group; Playwright starts Chromium in another one,
which is known from the file in which the launcher noted it. Should the worker itself be killed, the
kernel kills the child, with it the driver, and with that Chromium.
"""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import psutil
from playwright._impl._driver import compute_driver_executable

from connectors.web.browser import launcher

_ROOT: Final = str(Path(__file__).resolve().parents[3])
# Isolated mode leaves the project off the path and reads no environment.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from connectors.web.browser.child import main; main()"
)
_PREFIX: Final = "magpie-render-"
_PIDS: Final = "pids"
_KILL_TIME_LIMIT_S: Final = 5.0
_LOOK_EVERY_S: Final = 0.01
# Left behind by a worker that was killed; no render takes as long.
_FORGOTTEN_S: Final = 24 * 60 * 60
_CLOCK_SLACK_S: Final = 5.0
_PIPE_BYTES: Final = 1024**2


class ProcessGroup:
    """The child that drives the browser, and all that it starts; an asynchronous context manager.

    Attributes:
        chromium: the program by which the child starts Chromium.
        process: the child.
    """

    process: asyncio.subprocess.Process

    def __init__(self, chromium: str) -> None:
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.chromium = str(self._write_start("chromium", chromium))
        self._began = time.time()

    async def __aenter__(self) -> Self:
        node = self._write_start("node", _node_of_playwright())
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-c",
            _START,
            _ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_PIPE_BYTES,
            start_new_session=True,
            env=self._environment(node),
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.kill()
        await self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def memory_bytes(self) -> int:
        """Return what the processes hold; what they share is counted once."""
        own = shared = 0
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                memory = process.memory_info()
                common = getattr(memory, "shared", 0)
                own, shared = own + memory.rss - common, max(shared, common)
        return own + shared

    def kill(self) -> None:
        """End all of them at once, and return when they are gone."""
        until = time.monotonic() + _KILL_TIME_LIMIT_S
        while time.monotonic() < until:
            left = [one for one in self._processes() if _is_alive(one)]
            if not left:
                return
            for group in self._groups():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)
            time.sleep(_LOOK_EVERY_S)

    def _processes(self) -> Iterator[psutil.Process]:
        groups = set(self._groups())
        for number in psutil.pids():
            with contextlib.suppress(psutil.Error, OSError):
                if os.getpgid(number) in groups:
                    yield psutil.Process(number)

    def _groups(self) -> Iterator[int]:
        noted = self._folder / _PIDS
        numbers = noted.read_text("ascii").split() if noted.exists() else []
        return filter(self._is_ours, {self.process.pid, *map(int, numbers)})

    def _is_ours(self, number: int) -> bool:
        """Say whether this is still our group, or its number has been given to another process."""
        try:
            return psutil.Process(number).create_time() > self._began - _CLOCK_SLACK_S
        except psutil.NoSuchProcess:
            # No other can have the number while any of the group is left.
            return True

    def _write_start(self, name: str, program: str) -> Path:
        """Write a program that becomes another one by way of the launcher."""
        words = (sys.executable, "-IS", launcher.__file__, str(self._folder / _PIDS), program)
        start = self._folder / name
        start.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        start.chmod(0o700)
        return start

    def _environment(self, node: Path) -> dict[str, str]:
        """No secret of ours within reach of a page, and nothing kept outside of the folder."""
        folder = str(self._folder)
        return {
            "HOME": folder,
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PLAYWRIGHT_NODEJS_PATH": str(node),
            "TMPDIR": folder,
            "XDG_RUNTIME_DIR": folder,
        }


def _is_alive(process: psutil.Process) -> bool:
    """Say whether it still runs: what only waits to be fetched by its parent does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _node_of_playwright() -> str:
    """Return the program that Playwright would start as its driver."""
    return compute_driver_executable()[0]


def _sweep() -> None:
    """Remove the folders of renders whose worker was killed."""
    oldest = time.time() - _FORGOTTEN_S
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < oldest and folder.stat().st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)
