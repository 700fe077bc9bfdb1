"""The door to pictures: a few child processes that inspect, decode and render them."""

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
from media.imaging.values import Decoded, Inspected, Limits, Rendered, Rendition
from media.imaging.worker import Worker

Source = bytes | Path

_T = TypeVar("_T")
# How many pictures per child are read ahead by ``render_many``.
_READ_AHEAD: Final = 2
# How often a caller of ``render_many`` is asked whether to give up.
_ASK_EVERY_S: Final = 0.2


class RenditionPool:
    """A pool of limited child processes; thread-safe.

    Children are started when first needed, handle one picture at a time, and are replaced when
    they die, run out of memory, or have handled ``Limits.pictures_per_child``. A picture that
    kills its child fails alone. Make one pool per process, after forking, and close it.
    """

    def __init__(self, processes: int = 2, *, limits: Limits | None = None) -> None:
        self.processes = processes
        self.limits = limits or Limits()
        self._slots = threading.BoundedSemaphore(processes)
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._is_closed = False

    def inspect(self, source: Source) -> Inspected:
        """Return what the header of a picture says.

        Raises:
            ImageError: the picture cannot be read; see ``errors`` for the kinds.
            OSError: a path cannot be read.
        """
        head, _ = self._ask({"operation": "inspect"}, source)
        return _understand(lambda: Inspected(**head["source"]))

    def decode(self, source: Source, *, longest_px: int) -> Decoded:
        """Return upright sRGB pixels of the first frame, reduced to ``longest_px`` at most.

        Raises:
            ImageError: the picture cannot be read; see ``errors`` for the kinds.
            OSError: a path cannot be read.
        """
        head, body = self._ask({"operation": "decode", "longest_px": longest_px}, source)
        return _understand(lambda: _to_decoded(head, body))

    def render(self, source: Source) -> Rendered:
        """Return the renditions, hashes and colors of a picture.

        Raises:
            ImageError: the picture cannot be read; see ``errors`` for the kinds.
            OSError: a path cannot be read.
        """
        head, body = self._ask({"operation": "render"}, source)
        return _understand(lambda: _to_rendered(head, body))

    def render_many(
        self, sources: Iterable[Source], *, must_end: Callable[[], bool] = lambda: False
    ) -> Iterator[Rendered | ImageError]:
        """Render pictures on all the children at once.

        Yields one outcome per source, in their order: the error is yielded, not raised, so that a
        bad picture does not end the batch. ``sources`` is read a few pictures ahead only.

        Args:
            must_end: asked several times a second; once it is true, all children at work are
                ended, and what is not yielded by then never is.
        """
        window: deque[Future[Rendered | ImageError]] = deque()
        with ThreadPoolExecutor(self.processes, thread_name_prefix="imaging") as threads:
            for source in sources:
                window.append(threads.submit(self._render_or_error, source))
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

    def _render_or_error(self, source: Source) -> Rendered | ImageError:
        try:
            return self.render(source)
        except ImageError as exc:
            return exc

    def _give_up(self, window: Iterable[Future[Rendered | ImageError]]) -> None:
        """End the children that work on ``window``, and begin none of it."""
        working = [future for future in window if not future.cancel()]
        # Again and again: a child may just be starting.
        while wait(working, timeout=_ASK_EVERY_S).not_done:
            with self._lock:
                busy = tuple(self._busy)
            for worker in busy:
                worker.interrupt()

    def _ask(self, request: dict[str, Any], source: Source) -> tuple[dict[str, Any], bytes]:
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
        return Worker(self.limits)

    def _give_back(self, worker: Worker, *, ran_out: bool) -> None:
        is_spent = ran_out or worker.handled >= self.limits.pictures_per_child
        with self._lock:
            keep = not is_spent and not self._is_closed
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.close()


def _await(future: Future[Rendered | ImageError], must_end: Callable[[], bool]) -> bool:
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


def _understand(build: Callable[[], _T]) -> _T:
    """Build a value from an answer; a child that a picture took over may have answered nonsense."""
    try:
        return build()
    except (KeyError, TypeError, ValueError) as exc:
        raise ImageCrashedError(reason="answer") from exc


def _to_decoded(head: dict[str, Any], body: bytes) -> Decoded:
    width, height = head["width_px"], head["height_px"]
    if len(body) != width * height * 3:
        message = "Pixels are missing."
        raise ValueError(message)
    return Decoded(source=Inspected(**head["source"]), width_px=width, height_px=height, rgb=body)


def _to_rendered(head: dict[str, Any], body: bytes) -> Rendered:
    thumb_bytes = head["thumb"]["size_bytes"]
    return Rendered(
        source=Inspected(**head["source"]),
        has_alpha=head["has_alpha"],
        dominant_color=head["dominant_color"],
        palette=tuple(head["palette"]),
        phash=head["phash"],
        dhash=head["dhash"],
        thumb=_to_rendition(head["thumb"], body[:thumb_bytes]),
        preview=_to_rendition(head["preview"], body[thumb_bytes:]),
    )


def _to_rendition(about: dict[str, Any], content: bytes) -> Rendition:
    # It is served as WebP: nothing else may pass for one.
    if len(content) != about["size_bytes"] or sniff.sniff_media_type(content) != "image/webp":
        message = "A rendition is no WebP."
        raise ValueError(message)
    return Rendition(
        width_px=about["width_px"],
        height_px=about["height_px"],
        is_animated=about["is_animated"],
        content=content,
    )
