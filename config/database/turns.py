"""Lets one process at a time make what all of them need."""

import contextlib
import time
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any

import psycopg
from django.db import connections

# The first half of the lock's key: ours among all that might lock in this database.
NAMESPACE = 0x6D61_6770
POLL_S = 0.1


class Turn(IntEnum):
    """What is done by one at a time; the second half of the lock's key."""

    MIGRATE = 1
    SEED = 2


@contextlib.contextmanager
def turn(of: Turn, *, alias: str, say_wait: Callable[[], Any]) -> Iterator[None]:
    """Hold the turn on the database of ``alias``; ``say_wait`` is called if another has it.

    The lock lives on a connection of its own, so no transaction has to stay open for it, and
    the server gives it back when the process dies.
    """
    parameters = connections[alias].get_connection_params()
    with contextlib.closing(psycopg.connect(**parameters, autocommit=True)) as connection:
        if not _take(connection, of):
            say_wait()
            # Asked again and again: a statement that waits would hold a snapshot, for whose end
            # a migration that builds an index concurrently waits in turn.
            while not _take(connection, of):
                time.sleep(POLL_S)
        yield


def _take(connection: psycopg.Connection[Any], of: Turn) -> bool:
    """Take the turn if it is free, and return whether it was."""
    lock = "SELECT pg_try_advisory_lock(%s, %s)"
    return connection.execute(lock, [NAMESPACE, int(of)]).fetchone() == (True,)
