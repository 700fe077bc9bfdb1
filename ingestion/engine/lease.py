"""Keeps a lease alive while a slice works, and listens for what should end the work early."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from ingestion.engine.claims import Claim, is_cancelled, renew

logger = logging.getLogger(__name__)

# How soon work in hand hears of a cancellation.
LISTEN_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What a thread beside the work has heard; cheap, and asked on any thread.

    Attributes:
        lost: the lease is gone; nothing may be written.
        cancelled: somebody asked for the end of the run.
        awaited: others waited for a worker at the last look.
    """

    lost: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    awaited: threading.Event = field(default_factory=threading.Event)


@contextmanager
def heartbeat(held: Claim, is_awaited: Callable[[], bool] = lambda: False) -> Iterator[Watch]:
    """Renew ``held`` every quarter of its lease, which proves that the process lives.

    Args:
        is_awaited: tells whether others wait; asked all the while, on the thread's connection.
    """
    stop, watch = threading.Event(), Watch()
    thread = threading.Thread(
        target=_beat, args=(held, is_awaited, stop, watch), name="lease-heartbeat", daemon=True
    )
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()


def _beat(held: Claim, is_awaited: Callable[[], bool], stop: threading.Event, watch: Watch) -> None:
    renew_every_s = settings.LEASE_S / 4
    renew_at = time.monotonic() + renew_every_s
    try:
        while not stop.wait(min(LISTEN_EVERY_S, renew_every_s)):
            try:
                _listen(held, is_awaited, watch)
                if time.monotonic() < renew_at:
                    continue
                renew_at = time.monotonic() + renew_every_s
                if not renew(held):
                    watch.lost.set()
                    return
            except (DatabaseError, InterfaceError):
                # The database may come back before the lease runs out.
                logger.warning("Could not look after the lease of run %s.", held.run_id)
                connections["default"].close()
    finally:
        connections["default"].close()


def _listen(held: Claim, is_awaited: Callable[[], bool], watch: Watch) -> None:
    if not watch.cancelled.is_set() and is_cancelled(held):
        watch.cancelled.set()
    if is_awaited():
        watch.awaited.set()
    else:
        watch.awaited.clear()
