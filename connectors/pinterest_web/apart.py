"""Asking in a process of its own, so that the one that writes has a core for itself.

To ask and to read is most of the work there is with a pin, and an interpreter does one thing at a
time. The process is given no key and no way to the database.
"""

import asyncio
import itertools
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from connectors.errors import ConnectorError, ProcessLostError
from connectors.pinterest_web.asking import Site, check_most
from connectors.pinterest_web.details import Detail, SessionSource, Wanted
from connectors.pinterest_web.fetching import ASK_EVERY_S
from connectors.pinterest_web.lines import Line

_ROOT: Final = str(Path(__file__).resolve().parents[2])
# Isolated mode leaves the project off the path and reads no environment.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from connectors.pinterest_web.child import main; main(sys.argv[2])"
)
# No secret of ours within reach of what strangers answer.
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}
# So many details wait here to be taken, beside what the socket holds.
_MOST_AHEAD: Final = 100
_NOT_STARTED: Final = "What asks Pinterest cannot be started just now."


async def fetch_details(
    wanted: Iterable[Wanted],
    *,
    session: SessionSource,
    most: int,
    may_go_on: Callable[[], bool],
) -> AsyncGenerator[Detail]:
    """Yield what came of each pin, as `fetching.fetch_details` does, by a process of its own.

    ``wanted`` is read a little ahead: by what is asked for in a twentieth of a second.

    Raises:
        ProcessLostError: the process has ended.
        As `fetching.fetch_details`.
    """
    check_most(most)
    async with _process() as connected:
        child = _Child(iter(wanted), session)
        await asyncio.get_running_loop().create_connection(lambda: child.line, sock=connected)
        child.line.send("begin", Site.from_settings(), most)
        watch = asyncio.create_task(_watch(may_go_on, child))
        try:
            async for detail in child.details():
                yield detail
        finally:
            watch.cancel()
            await child.leave()


async def _watch(may_go_on: Callable[[], bool], child: "_Child") -> None:
    try:
        while may_go_on():  # noqa: ASYNC110  # it is asked, and tells nobody
            await asyncio.sleep(ASK_EVERY_S)
    except Exception as exc:  # noqa: BLE001  # raised by who reads
        child.end(exc)
    else:
        child.end()


@asynccontextmanager
async def _process() -> AsyncIterator[socket.socket]:
    """Start the process; yield the line to it. It ends with the block."""
    try:
        ours, theirs = socket.socketpair()
    except OSError as exc:
        raise ProcessLostError(_NOT_STARTED) from exc
    with ours:
        with theirs:
            process = _start(theirs.fileno())
        try:
            yield ours
        finally:
            process.kill()
            process.wait()


def _start(number: int) -> "subprocess.Popen[bytes]":
    try:
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
    except OSError as exc:
        raise ProcessLostError(_NOT_STARTED) from exc


class _Child:
    """The other end of the line: is given pins and sessions, and tells what came."""

    def __init__(self, wanted: Iterator[Wanted], session: SessionSource) -> None:
        self.line = Line(self._take)
        self._wanted, self._session = wanted, session
        self._come: deque[Detail] = deque()
        self._changed = asyncio.Event()
        self._is_over = self._is_resting = False
        self._error: BaseException | None = None
        self._answers: set[asyncio.Task[None]] = set()

    async def details(self) -> AsyncGenerator[Detail]:
        """Yield what comes, to its end or to an error."""
        while True:
            while self._come:
                yield self._come.popleft()
                self._look_whether_to_rest()
            if self._is_over:
                break
            self._changed.clear()
            await self._changed.wait()
        if self._error is not None:
            raise self._error

    def end(self, error: BaseException | None = None) -> None:
        """Let nothing come any more, for this reason; the first one counts."""
        if not self._is_over:
            self._is_over, self._error = True, error
            self._changed.set()

    async def leave(self) -> None:
        """Give up what is under way."""
        self.line.close()
        for answer in self._answers:
            answer.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    def _take(self, message: tuple[Any, ...] | None) -> None:
        match message:
            case ("detail", detail) if not self._is_over:
                self._come.append(detail)
                self._changed.set()
                self._look_whether_to_rest()
            case ("more", count):
                self._give(count)
            case ("ask", number, what, details):
                answer = asyncio.create_task(self._answer(number, what, details))
                self._answers.add(answer)
                answer.add_done_callback(self._answers.discard)
            case ("over",):
                self.end()
            case ("failed", kind, args, told):
                self.end(_as_raised(kind, args, told))
            case ("broken", text):
                self.end(RuntimeError(text))
            case None:
                self.end(ProcessLostError("What asks Pinterest has ended; we start it again."))

    def _give(self, count: int) -> None:
        """Send so many of what is wanted; where that cannot be told, that is the end."""
        try:
            self.line.send("lot", list(itertools.islice(self._wanted, count)))
        except Exception as exc:  # noqa: BLE001  # raised by who reads
            self.end(exc)

    async def _answer(self, number: int, what: str, details: tuple[Any, ...]) -> None:
        """Let the session do what is asked of it; where it cannot, that is the end."""
        source = self._session
        asked: dict[str, Callable[..., Awaitable[Any]]] = {
            "headers": source.headers,
            "renew": source.renew,
            "spend": source.spend,
            "rest": source.rest,
        }
        try:
            self.line.send("answer", number, await asked[what](*details))
        except Exception as exc:  # noqa: BLE001  # raised by who reads
            self.end(exc)

    def _look_whether_to_rest(self) -> None:
        is_full = len(self._come) >= _MOST_AHEAD
        if is_full and not self._is_resting:
            self._is_resting = True
            self.line.rest()
        elif self._is_resting and not self._come:
            self._is_resting = False
            self.line.go_on()


def _as_raised(
    kind: type[ConnectorError], args: tuple[Any, ...], told: dict[str, Any]
) -> ConnectorError:
    error = kind.__new__(kind, *args)
    vars(error).update(told)
    return error
