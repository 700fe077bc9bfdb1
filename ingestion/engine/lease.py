"""Keeps a lease alive while a slice works; proves that the process lives, not that it works."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from ingestion.engine.claims import Claim, renew

logger = logging.getLogger(__name__)


@contextmanager
def heartbeat(held: Claim) -> Iterator[threading.Event]:
    """Renew ``held`` every quarter of its lease; yields an event that is set once it is lost."""
    stop, lost = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=_beat, args=(held, stop, lost), name="lease-heartbeat", daemon=True
    )
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join()


def _beat(held: Claim, stop: threading.Event, lost: threading.Event) -> None:
    try:
        while not stop.wait(settings.LEASE_S / 4):
            try:
                if not renew(held):
                    lost.set()
                    return
            except (DatabaseError, InterfaceError):
                # The database may come back before the lease runs out.
                logger.warning("Could not renew the lease of run %s.", held.run_id)
                connections["default"].close()
    finally:
        connections["default"].close()
