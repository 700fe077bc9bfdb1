"""Asking in a process of its own, so that the one that writes has a core for itself.

To ask and to read is most of the work there is with a pin, and an interpreter does one thing at a
time.
"""

import asyncio
import itertools
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from connectors.errors import AddressRefusedError, ProcessLostError
from connectors.pinterest_web.answers import Meaning
from connectors.pinterest_web.asking import Site
from connectors.pinterest_web.details import SessionHeaders, Wanted
from connectors.pinterest_web.lines import Line

_ROOT: Final = str(Path(__file__).resolve().parents[2])
# Isolated mode leaves the project off the path and reads no environment.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from connectors.pinterest_web.child import main; main(sys.argv[2])"
)
# No secret of ours within reach of what strangers answer.
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}


@asynccontextmanager
async def asking_apart(site: Site) -> AsyncIterator["AskerApart"]:
    """Ask in a process of its own, which ends with the block."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = _start(theirs.fileno())
    asker = AskerApart()
    try:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: asker.line, sock=ours)
        asker.line.send(site)
        yield asker
    finally:
        asker.line.close()
        ours.close()
        process.kill()
        process.wait()


class AskerApart:
    """Passes on what is to be asked, and what came of it; see `asking.AsksForPins`.

    Attributes:
        line: to who asks.
    """

    def __init__(self) -> None:
        self.line = Line(self._take)
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Meaning]] = {}

    async def ask(self, wanted: Wanted, session: SessionHeaders) -> Meaning:
        """Ask for one pin.

        Raises:
            AddressRefusedError: the guard refuses the site itself.
            ProcessLostError: the process has ended.
        """
        if self.line.is_lost:
            raise _lost()
        number = next(self._numbers)
        answer: asyncio.Future[Meaning] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self.line.send((number, wanted, session))
        try:
            return await answer
        finally:
            del self._waiting[number]

    def _take(self, message: "tuple[int, Any, str] | None") -> None:
        if message is None:
            for left in self._waiting.values():
                _fail(left, _lost())
            return
        number, meaning, broken = message
        answer = self._waiting.get(number)
        if answer is None or answer.done():
            # Nobody waits for it any more.
            return
        if broken:
            answer.set_exception(RuntimeError(broken))
        elif isinstance(meaning, AddressRefusedError):
            answer.set_exception(meaning)
        else:
            answer.set_result(meaning)


def _start(number: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-I", "-c", _START, _ROOT, str(number)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        pass_fds=(number,),
        # Ctrl-C is for who started it, and who decides when it ends.
        start_new_session=True,
    )


def _fail(answer: "asyncio.Future[Meaning]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _lost() -> ProcessLostError:
    return ProcessLostError("The process that asks Pinterest has ended; we start it again.")
