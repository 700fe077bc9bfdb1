"""One child process, seen from the parent: start it, ask it, end it."""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from media.imaging import wire
from media.imaging.errors import ImageCrashedError, ImageTimeoutError
from media.imaging.values import Limits

_ROOT: Final = str(Path(__file__).resolve().parents[2])
# Isolated mode leaves the project off the path and reads no environment.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from importlib import import_module; "
    "import_module(sys.argv[2]).main(*sys.argv[3:])"
)
# No secret of ours within reach of a picture. glibc keeps up to 128 MB of freed memory for the next
# picture, which spares thousands of page faults each; blocks above 32 MB are given back at once.
_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}
_START_TIMEOUT_S: Final = 60.0
_EXIT_TIMEOUT_S: Final = 5.0
_CHUNK_BYTES: Final = 1 << 20
_F_SETPIPE_SZ: Final = 1031

_Message = tuple[dict[str, Any], bytes]


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs.

    Attributes:
        module: one of ours, whose ``main`` is given the limits as JSON, then ``arguments``.
        environment: what it knows of the world beyond the little that each child does.
    """

    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


IMAGING: Final = Program("media.imaging.child")


class ChildNotStartedError(RuntimeError):
    """The child ended, or said nothing, before its first picture: no picture is to blame."""


class _GoneError(Exception):
    """The child closed its pipes."""


class Worker:
    """A child process that handles one picture at a time.

    Attributes:
        pid: its process id.
        protections: what confines it, as it reported: ``rlimits``, ``no_new_privs``, ``seccomp``.
        handled: how many pictures it was given.
    """

    def __init__(self, limits: Limits, program: Program = IMAGING) -> None:
        self._limits = limits
        what = [program.module, json.dumps(asdict(limits)), *program.arguments]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and code
            [sys.executable, "-I", "-c", _START, _ROOT, *what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_ENVIRONMENT, **program.environment},
            bufsize=0,
        )
        self.pid = self._process.pid
        self.handled = 0
        self._channel = _Channel(self._process)
        try:
            head, _ = self._channel.receive(time.monotonic() + _START_TIMEOUT_S)
        except (_GoneError, TimeoutError) as exc:
            self.kill()
            message = f"The imaging process did not start (exit {self._process.returncode})."
            raise ChildNotStartedError(message) from exc
        self.protections: tuple[str, ...] = tuple(head["protections"])

    def ask(self, head: dict[str, Any], content: bytes) -> _Message:
        """Send one picture and return the answer.

        After either error the child is dead.

        Raises:
            ImageTimeoutError: no answer within the time of one picture.
            ImageCrashedError: the child died, or its answer cannot be read.
        """
        self.handled += 1
        deadline = time.monotonic() + self._limits.timeout_s
        try:
            self._channel.send(wire.frame(head, content), deadline)
            return self._channel.receive(deadline)
        except TimeoutError as exc:
            self.kill()
            raise ImageTimeoutError(timeout_s=self._limits.timeout_s) from exc
        except _GoneError as exc:
            raise self._explain_death() from exc
        except ValueError as exc:
            self.kill()
            raise ImageCrashedError(reason="answer") from exc

    def is_alive(self) -> bool:
        """Return whether the child still runs: the system may have ended it while it was idle."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """End the child under the thread that waits for its answer, which sees it die."""
        self._process.kill()

    def close(self) -> None:
        """Let the child end by itself; kill it if it does not."""
        self._channel.close()
        try:
            self._process.wait(_EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the child at once."""
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def _explain_death(self) -> ImageTimeoutError | ImageCrashedError:
        # The pipes close before the exit status is there.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_TIMEOUT_S)
        self.kill()
        if self._process.returncode == -signal.SIGXCPU:
            return ImageTimeoutError(timeout_s=self._limits.timeout_s)
        return ImageCrashedError(exit_status=self._process.returncode)


class _Channel:
    """The two pipes of a child, with a deadline on every read and write."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        self._to_child, self._from_child = process.stdin, process.stdout
        for pipe in (self._to_child, self._from_child):
            os.set_blocking(pipe.fileno(), False)
            _widen(pipe.fileno())

    def send(self, pieces: tuple[bytes, bytes], deadline: float) -> None:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                _wait(self._to_child.fileno(), select.POLLOUT, deadline)
                try:
                    rest = rest[os.write(self._to_child.fileno(), rest[:_CHUNK_BYTES]) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError as exc:
                    raise _GoneError from exc

    def receive(self, deadline: float) -> _Message:
        lengths = self._read(wire.LENGTHS.size, deadline)
        head_bytes, body_bytes = wire.LENGTHS.unpack(lengths)
        if head_bytes > wire.MAX_HEAD_BYTES or body_bytes > wire.MAX_ANSWER_BYTES:
            message = "The answer is larger than any answer."
            raise ValueError(message)
        head = json.loads(self._read(head_bytes, deadline))
        if not isinstance(head, dict):
            message = "The answer has no head."
            raise ValueError(message)  # noqa: TRY004  # of the other side, no type of ours
        return head, bytes(self._read(body_bytes, deadline))

    def close(self) -> None:
        self._to_child.close()
        self._from_child.close()

    def _read(self, size: int, deadline: float) -> bytearray:
        received = bytearray()
        while len(received) < size:
            _wait(self._from_child.fileno(), select.POLLIN, deadline)
            try:
                piece = os.read(self._from_child.fileno(), min(size - len(received), _CHUNK_BYTES))
            except BlockingIOError:
                continue
            if not piece:
                raise _GoneError
            received += piece
        return received


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left_s = deadline - time.monotonic()
    if left_s <= 0 or not poll.poll(left_s * 1000):
        raise TimeoutError


def _widen(descriptor: int) -> None:
    """Ask for a pipe of a megabyte: fewer switches between the processes for a large picture."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, _F_SETPIPE_SZ, _CHUNK_BYTES)
