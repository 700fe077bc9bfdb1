"""A few limited child processes that are given one picture at a time, whatever they do with it."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from media.imaging import sniff
from media.imaging.errors import (
    BY_CODE,
    ImageCorruptError,
    ImageCrashedError,
    ImageError,
    ImageMemoryError,
    ImageTooLargeError,
    ImageUnsupportedError,
)
from media.imaging.values import Limits
from media.imaging.worker import Program, Worker

Source = bytes | Path

_T = TypeVar("_T")
# How many pictures per child are read ahead by ``ask_for_each``.
_READ_AHEAD: Final = 2
# How often a caller of ``ask_for_each`` is asked whether to give up.
_ASK_EVERY_S: Final = 0.2


class Children:
    """Child processes of one program; thread-safe.

    Children are started when first needed, handle one picture at a time, and are replaced when
    they die, run out of memory, or have handled ``Limits.pictures_per_child``. A picture that
    kills its child fails alone. Make one per process, after forking, and close it.
    """

    def __init__(self, processes: int, *, limits: Limits, program: Program) -> None:
        self.processes = processes
        self.limits = limits
        self._program = program
        self._slots = threading.BoundedSemaphore(processes)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._is_closed = False

    def ask(self, request: dict[str, Any], source: Source) -> tuple[dict[str, Any], bytes]:
        """Return what a child answers to ``request`` about a picture.

        Raises:
            ImageError: the picture cannot be read; see ``errors`` for the kinds.
            OSError: a path cannot be read.
        """
        content = _read_source(source, self.limits)
        with self._slots:
            worker = self._take_worker()
            with self._lock:
                self._busy.add(worker)
            try:
                head, body = worker.ask(request, content)
            except BaseException:
                # An interrupted exchange leaves half a message in the pipe.
                worker.kill()
                raise
            finally:
                with self._lock:
                    self._busy.discard(worker)
            self._give_back(worker, ran_out=head.get("error") == ImageMemoryError.code)
        if "error" in head:
            raise _to_error(head)
        return head, body

    def ask_for_each(
        self,
        question: Callable[[Source], _T],
        sources: Iterable[Source],
        *,
        must_end: Callable[[], bool],
    ) -> Iterator[_T | ImageError]:
        """Ask ``question`` of each picture, on all the children at once.

        Yields one outcome per source, in their order: the error is yielded, not raised, so that a
        bad picture does not end the batch. ``sources`` is read a few pictures ahead only.

        Args:
            must_end: asked several times a second; once it is true, all children at work are
                ended, and what is not yielded by then never is.
        """

        def answer_or_error(source: Source) -> _T | ImageError:
            try:
                return question(source)
            except ImageError as exc:
                return exc

        window: deque[Future[_T | ImageError]] = deque()
        with ThreadPoolExecutor(self.processes, thread_name_prefix="imaging") as threads:
            for source in sources:
                window.append(threads.submit(answer_or_error, source))
                if len(window) >= self.processes * _READ_AHEAD:
                    if not _await(window[0], must_end):
                        break
                    yield window.popleft().result()
            while window and _await(window[0], must_end):
                yield window.popleft().result()
            self._give_up(window)

    def close(self) -> None:
        """End the children. Those at work end with their picture; no new one is taken."""
        with self._lock:
            self._is_closed = True
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _give_up(self, window: Iterable[Future[Any]]) -> None:
        """End the children that work on ``window``, and begin none of it."""
        working = [future for future in window if not future.cancel()]
        # Again and again: a child may just be starting.
        while wait(working, timeout=_ASK_EVERY_S).not_done:
            with self._lock:
                busy = tuple(self._busy)
            for worker in busy:
                worker.interrupt()

    def _take_worker(self) -> Worker:
        with self._lock:
            if self._is_closed:
                message = "The pool is closed."
                raise RuntimeError(message)
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive():
                    return worker
                worker.kill()
        return Worker(self.limits, self._program)

    def _give_back(self, worker: Worker, *, ran_out: bool) -> None:
        is_spent = ran_out or worker.handled >= self.limits.pictures_per_child
        with self._lock:
            keep = not is_spent and not self._is_closed
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.close()


def understand(build: Callable[[], _T]) -> _T:
    """Build a value from an answer; a child that a picture took over may have answered nonsense.

    Raises:
        ImageCrashedError: it had.
    """
    try:
        return build()
    except (KeyError, TypeError, ValueError) as exc:
        raise ImageCrashedError(reason="answer") from exc


def _await(future: Future[Any], must_end: Callable[[], bool]) -> bool:
    """Return True once ``future`` is done, or False once its caller must end."""
    while not future.done():
        if must_end():
            return False
        wait([future], timeout=_ASK_EVERY_S)
    return True


def _read_source(source: Source, limits: Limits) -> bytes:
    """Return the bytes of a picture, refusing without a child what a look can refuse."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            content = file.read(limits.max_source_bytes + 1)
    else:
        content = source
    if not content:
        raise ImageCorruptError(size_bytes=0)
    if sniff.sniff_media_type(content[: sniff.HEAD_BYTES]) is None:
        raise ImageUnsupportedError
    if len(content) > limits.max_source_bytes:
        raise ImageTooLargeError(limit_bytes=limits.max_source_bytes)
    return content


def _to_error(head: dict[str, Any]) -> ImageError:
    kind, context = BY_CODE.get(str(head["error"])), head.get("context")
    if kind is None or not isinstance(context, dict):
        return ImageCrashedError(reason="answer")
    return kind(**{str(key): value for key, value in context.items()})
