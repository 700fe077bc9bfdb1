"""The processes that look for faces: started with the first picture, ended when there are none.

An engine takes seconds to load, so they outlive a slice, but not for long: they hold memory.
"""

import threading
from typing import Final

from django.conf import settings

from faces.engine.pool import FacePool

# Between two pages that somebody scrapes they need not load anew.
IDLE_S: Final = 120.0


class _Shared:
    """The one pool of this process, made by whoever needs it first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: FacePool | None = None
        self._closing: threading.Timer | None = None

    def take(self) -> FacePool:
        with self._lock:
            self._keep()
            if self._pool is None:
                self._pool = FacePool(
                    settings.FACES_ENGINE,
                    settings.FACES_HOME,
                    processes=settings.FACE_PROCESSES,
                    accepts_noncommercial=settings.FACES_ACCEPT_NONCOMMERCIAL,
                )
            return self._pool

    def leave(self) -> None:
        with self._lock:
            self._keep()
            self._closing = threading.Timer(IDLE_S, self.close)
            self._closing.daemon = True
            self._closing.start()

    def close(self) -> None:
        with self._lock:
            self._keep()
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _keep(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None


_SHARED: Final = _Shared()


def take_pool() -> FacePool:
    """Return the pool of this process, for a slice.

    Raises:
        FacesError: its engine cannot be loaded.
    """
    return _SHARED.take()


def leave_pool() -> None:
    """Say that the slice is over: the processes end in a while, unless another one comes."""
    _SHARED.leave()


def close_pool() -> None:
    """End the processes at once."""
    _SHARED.close()
