"""What the supervisor asks the database, on a thread: a slow answer must not stop it."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from config.embedded.errors import EmbeddedPostgresError
from ingestion.engine import claims
from ingestion.engine.beats import BEAT_EVERY_S, Beat, end_beats, write_beats
from tenants.queue import CONTROL, ensure_tick, is_on_demand, is_poke_overdue, poke

logger = logging.getLogger(__name__)

LOOK_EVERY_S = BEAT_EVERY_S
# How often somebody asks whether a cluster that sleeps has work: people wait for it to wake.
SLEEP_LOOK_S = 2.0
RETRY_AFTER_S = 1.0
# The tick comes every minute, and the schedule is read twice in that time.
TICK_OVERDUE_S = 90.0


class Chores:
    """Gives back what dead clusters held, says which live, and knows which have work waiting.

    Args:
        clusters: names of those that are looked after.
        living: returns those that are alive at the moment.
    """

    def __init__(self, clusters: Sequence[str], living: Callable[[], Sequence[Beat]]) -> None:
        self._clusters, self._living = clusters, living
        self._said_to_live: set[str] = set()
        self._pending: deque[Callable[[], None]] = deque([self._begin])
        self._waiting_since: dict[str, float] = {}
        self._wake = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="chores", daemon=True)

    def start(self) -> None:
        """Begin: set up the schedule, wake the clusters, then look every 10 s.

        Each look begins with what is lost or stuck, so that nobody waits for the tick.
        """
        self._thread.start()

    def release(self, lease_owner: str) -> None:
        """Have the runs of a cluster that died given back, soon, and the others woken."""
        self._pending.append(partial(self._release, lease_owner))
        self._wake.set()

    def look_soon(self) -> None:
        """Have what changed of the clusters told at once."""
        self._wake.set()

    def finish(self, timeout_s: float) -> None:
        """Give back what is still to be given back, say that the clusters have ended, and end."""
        self._is_over = True
        self._wake.set()
        self._thread.join(timeout_s)

    def waiting_s(self, cluster: str) -> float:
        """Return for how long the cluster has had work waiting; 0 if it has none."""
        since = self._waiting_since.get(cluster)
        return 0.0 if since is None else time.monotonic() - since

    def _work(self) -> None:
        while True:
            # Read first: what was asked for before the end is still done.
            is_last_turn = self._is_over
            is_done = self._try(self._do_pending) and self._try(self._look)
            if is_last_turn:
                self._try(self._say_ended)
                connection.close()
                return
            self._rest(LOOK_EVERY_S if is_done else RETRY_AFTER_S)
            self._wake.clear()

    def _do_pending(self) -> None:
        while self._pending:
            self._pending[0]()
            self._pending.popleft()

    def _begin(self) -> None:
        ensure_tick()
        for cluster in self._clusters:
            if not is_on_demand(cluster):
                poke(cluster)
        claims.wake()

    def _release(self, lease_owner: str) -> None:
        count = claims.release(f"{lease_owner}:")
        logger.info("Gave back %d runs of a cluster that died.", count)
        claims.wake()

    def _look(self) -> None:
        self._say_who_lives()
        claims.sweep()
        # Also what has come due by itself: another try after seconds is not to wait for the tick.
        claims.wake()
        self._look_at(self._clusters)

    def _look_at(self, clusters: Sequence[str]) -> None:
        for cluster in clusters:
            if _has_work(cluster):
                self._waiting_since.setdefault(cluster, time.monotonic())
            else:
                self._waiting_since.pop(cluster, None)

    def _rest(self, seconds: float) -> None:
        """Wait until there is something to do, but look at clusters that sleep meanwhile."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            awake = {beat.cluster for beat in self._living()}
            asleep = [name for name in self._clusters if is_on_demand(name) and name not in awake]
            if self._wake.wait(min(left_s, SLEEP_LOOK_S) if asleep else left_s):
                return
            if asleep and not self._try(partial(self._look_at, asleep)):
                return

    def _say_who_lives(self) -> None:
        living = self._living()
        owners = {beat.owner for beat in living}
        end_beats(self._said_to_live - owners)
        self._said_to_live |= owners
        write_beats(living)
        self._said_to_live = owners

    def _say_ended(self) -> None:
        end_beats(self._said_to_live)

    def _try(self, chore: Callable[[], None]) -> bool:
        """Do it; return whether the database was there to do it with."""
        try:
            close_old_connections()
            chore()
        except (DatabaseError, InterfaceError, EmbeddedPostgresError) as error:
            logger.warning("The database did not answer: %s", error)
            connection.close()
            return False
        return True


def _has_work(cluster: str) -> bool:
    if cluster == CONTROL:
        return is_poke_overdue(CONTROL, after_s=TICK_OVERDUE_S)
    return claims.due_count(cluster) > 0
