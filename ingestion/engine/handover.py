"""What flows in on an event loop, handed to a thread that may take its time with it.

The loop runs in a thread of its own. Between the two lies a bounded line: where it is full the
flow waits, so that a slow writer costs no memory.
"""

import asyncio
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

# How soon somebody who waits for more looks up.
LOOK_EVERY_S = 0.1
# Of a thread, while another wants to go on.
TURN_S = 0.0005
# A flow that is given up has this long to leave; its thread does not keep the process.
LEAVE_S = 1.0


@contextmanager
def flowing(flow: Callable[[], AsyncIterator[T]], *, most: int) -> Iterator["Arrivals[T]"]:
    """Let ``flow`` run beside the block; leaving the block gives up what is under way.

    Args:
        most: results that wait to be taken; the flow rests where there are as many.
    """
    arrivals = Arrivals(flow, most=most)
    with _short_turns():
        arrivals.start()
        try:
            yield arrivals
        finally:
            arrivals.leave()


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let threads of this process take turns often.

    Whoever writes comes back from the database a hundred times in a batch, and each time waits for
    a turn of the interpreter that the flow may have only just begun.
    """
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(min(before_s, TURN_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)


class Arrivals(Generic[T]):
    """Results in the order in which they came; see :func:`flowing`."""

    def __init__(self, flow: Callable[[], AsyncIterator[T]], *, most: int) -> None:
        self._flow, self._most = flow, most
        self._line: deque[T] = deque()
        # Guards all below; told of when somebody who waits has what they wait for.
        self._changed = threading.Condition()
        self._wanted = 1
        self._has_ended = False
        self._is_left = False
        self._error: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="flow", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take(self, most: int, *, within_s: float, unless: Callable[[], bool]) -> list[T] | None:
        """Return ``most`` results, or what came in the time; None when nothing comes any more.

        Args:
            unless: asked all the while; where it says so, what is there is returned at once.

        Raises:
            Exception: what the flow failed with; after all that came before.
        """
        until = time.monotonic() + within_s
        with self._changed:
            self._wanted = most
            while len(self._line) < most and not self._has_ended:
                left_s = until - time.monotonic()
                if left_s <= 0 or unless():
                    break
                self._changed.wait(min(left_s, LOOK_EVERY_S))
            was_full = len(self._line) >= self._most
            taken = [self._line.popleft() for _ in range(min(most, len(self._line)))]
            if not taken and self._has_ended:
                if self._error is not None:
                    raise self._error
                return None
        if was_full:
            self._on_loop(self._room.set)
        return taken

    def leave(self) -> None:
        """Give up what is under way."""
        self._is_left = True
        self._on_loop(self._cancel)
        self._thread.join(LEAVE_S)
        if self._thread.is_alive():
            logger.warning("A flow that was given up takes its time to leave.")

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._pump())
        except asyncio.CancelledError:
            pass
        except BaseException as caught:  # noqa: BLE001  # handed over and raised by who takes
            error = caught
        with self._changed:
            self._has_ended, self._error = True, error
            self._changed.notify_all()

    async def _pump(self) -> None:
        self._task = asyncio.current_task()
        if self._is_left:
            return
        source = self._flow()
        async with aclosing(source):  # type: ignore[type-var]  # a generator
            async for result in source:
                with self._changed:
                    self._line.append(result)
                    if len(self._line) >= self._wanted:
                        self._changed.notify()
                await self._wait_for_room()

    async def _wait_for_room(self) -> None:
        while len(self._line) >= self._most:
            self._room.clear()
            # Some may have been taken in between.
            if len(self._line) >= self._most:
                await self._room.wait()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _on_loop(self, call: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            # It is closed: the flow has ended.
            return
