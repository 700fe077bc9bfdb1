"""Steps in which results flow: many are asked for at a time, and one writer commits them.

Asking goes on in an event loop on a thread of its own, which never touches the database. What
comes lies in a bounded line; the writer takes a batch from it and commits that in the transaction
that checks the lease. So a stop, a kill or a lost lease loses what was not committed, and no more:
it is asked for again.
"""

import dataclasses
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, Protocol

from ingestion.engine.claims import fence
from ingestion.engine.handover import Arrivals, flowing
from ingestion.engine.kinds import Slice
from ingestion.errors import LeaseLostError, RunCancelledError
from ingestion.models import SyncRun
from ingestion.taxonomy import classify
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

# Of one transaction: enough that its statements weigh little, and soon done.
BATCH: Final = 500
# Of what has arrived when all is to stop; the rest is asked for again, which is soon done then.
LAST_BATCH: Final = 100
# What waits to be written is bounded by so many, however slow the database is.
MOST_WAITING: Final = 2 * BATCH
# Of a slow flow, what came in so long is written.
WRITE_EVERY_S: Final = 1.0
# What was begun may end for so long: while the process is to end, while others wait or time is up,
# and where nothing has come in the slice yet, which would else begin for nothing again and again.
STOP_GRACE_S: Final = 0.2
LATE_GRACE_S: Final = 3.0
FIRST_GRACE_S: Final = 15.0
# So many that fail alike, one by one, are not at fault themselves.
MOST_BAD: Final = 5


class Stream(Protocol):
    """Units that are asked for many at a time; a slice makes its own."""

    def take(self, run: SyncRun) -> Sequence[Any] | None:
        """Return the next units, so many as a slice may hold; None when nothing is left.

        Asked again, all that it returned before has flowed. In the scope and the transaction of
        the fence.

        Raises:
            StepSkippedError: there is a reason to leave the step for another time.
        """

    def flow(self, units: Iterable[Any], *, may_go_on: Callable[[], bool]) -> AsyncIterator[Any]:
        """Yield a result for each unit, in any order; on an event loop, without any scope.

        ``units`` ends early where no more may be begun. Once ``may_go_on`` is False, what is under
        way is broken off; it is also cancelled soon.
        """

    def write(self, run: SyncRun, results: Sequence[Any]) -> int:
        """Write results (in the scope and the transaction of the fence); return what changed."""

    def refuse(self, run: SyncRun, result: Any, error: Exception) -> None:
        """Note that ``result`` cannot be written, in a transaction of its own, like ``write``."""


@dataclasses.dataclass(frozen=True, slots=True)
class StreamStep:
    """What asks others for many things. A step that was broken off, or failed, goes on.

    Attributes:
        name, dataset, is_optional: as of a ``Step``.
        stream: makes that of a slice.
    """

    name: str
    stream: Callable[[], Stream]
    dataset: str = ""
    is_optional: bool = False


Commit = Callable[[Callable[[SyncRun], int]], None]


def work_stream(turn: Slice, stream: Stream, commit: Commit) -> bool:
    """Let units flow until none is left (True) or the slice is over (False).

    Args:
        commit: runs a write in a transaction that checks the lease, and counts what it changed.

    Raises:
        Exception: what the flow failed with, once all that came before is written.
    """
    writer = _Writer(stream, commit)
    ending = _Ending(turn, writer)
    while True:
        with org_scope(turn.held.org_id):
            units = stream.take(fence(turn.held))
        if units is None:
            return True
        begun = _until(ending.has_begun, units)
        flow = partial(stream.flow, begun, may_go_on=lambda: not ending.is_out())
        with flowing(flow, most=MOST_WAITING) as arrivals:
            _write_all(arrivals, writer, ending)
        if ending.has_begun() or turn.is_over:
            return False


def _write_all(arrivals: Arrivals[Any], writer: "_Writer", ending: "_Ending") -> None:
    """Write what arrives, until nothing comes any more or what is under way is given up."""
    while True:
        batch = arrivals.take(BATCH, within_s=WRITE_EVERY_S, unless=ending.is_out)
        if batch is None:
            return
        # Asked before the write: what arrives meanwhile is asked for again.
        is_out = ending.is_out()
        if batch:
            writer.write(batch[:LAST_BATCH] if is_out else batch, give_up=ending.is_out)
        if is_out:
            return


class _Writer:
    """Commits batch by batch; of one that fails each result for itself."""

    def __init__(self, stream: Stream, commit: Commit) -> None:
        self._stream, self._commit = stream, commit
        self.has_written = False

    def write(self, batch: Sequence[Any], *, give_up: Callable[[], bool]) -> None:
        """Write ``batch``, or each of its results whole or not at all."""
        try:
            self._commit(partial(self._stream.write, results=batch))
        except (LeaseLostError, RunCancelledError):
            raise
        except Exception as error:  # noqa: BLE001  # of one of them, which is found below
            logger.warning("A batch of %d failed: %s.", len(batch), type(error).__name__)
            self._write_one_by_one(batch, give_up)
        self.has_written = True

    def _write_one_by_one(self, batch: Sequence[Any], give_up: Callable[[], bool]) -> None:
        bad: list[tuple[Any, Exception]] = []
        is_any_good = False
        for result in batch:
            if give_up():
                break
            try:
                self._commit(partial(self._stream.write, results=[result]))
            except (LeaseLostError, RunCancelledError):
                raise
            except Exception as error:
                is_common = not is_any_good and len(bad) >= MOST_BAD
                if is_common or classify(error).code == "db_unavailable":
                    raise
                bad.append((result, error))
            else:
                is_any_good = True
        for result, why in bad:
            logger.error("A result could not be written.", exc_info=why)
            self._commit(partial(self._refuse, result=result, error=why))

    def _refuse(self, run: SyncRun, *, result: Any, error: Exception) -> int:
        self._stream.refuse(run, result, error)
        return 0


class _Ending:
    """When to begin no more, and when to give up what was begun; asked on any thread."""

    def __init__(self, turn: Slice, writer: _Writer) -> None:
        self._turn, self._writer = turn, writer
        self._begun_at: float | None = None

    def has_begun(self) -> bool:
        """Return whether to begin no more."""
        if self._begun_at is None and not self._turn.may_begin:
            self._begun_at = time.monotonic()
        return self._begun_at is not None

    def is_out(self) -> bool:
        """Return whether to give up what was begun."""
        if not self.has_begun() or self._begun_at is None:
            return False
        if self._turn.is_called_off:
            return True
        grace_s = LATE_GRACE_S if self._writer.has_written else FIRST_GRACE_S
        if self._turn.is_stopping:
            grace_s = STOP_GRACE_S
        return time.monotonic() - self._begun_at >= grace_s


def _until(has_ended: Callable[[], bool], units: Sequence[Any]) -> Iterator[Any]:
    for unit in units:
        if has_ended():
            return
        yield unit
