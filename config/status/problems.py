"""What is wrong with an installation, in sentences that say what to do."""

from collections.abc import Iterable, Iterator
from typing import Final

from config.status.facts import Installation, Snapshot, Worker
from config.status.words import span
from ingestion.freshness.states import Freshness
from tenants.queue import cluster_names, is_on_demand

TICK_LIMIT_S: Final = 180.0
# A sweep takes a lost lease back within a minute.
LOST_LIMIT_S: Final = 120.0
POKE_LIMIT_S: Final = 180.0
# Fair shares let a long line wait; that nothing of it begins for so long is a fault.
DUE_LIMIT_S: Final = 1800.0
FAILURES_LIMIT: Final = 3
# Of a long list; the rest is a number.
NAMED: Final = 5


def problems_of(found: Installation) -> list[str]:
    """Return one sentence for each thing that is wrong; none, if all is well."""
    if not isinstance(found, Snapshot):
        return [not_migrated(found.pending_migrations)]
    checks = (_workers, _tick, _chores, _queues, _leases, _line)
    return [sentence for check in checks for sentence in check(found)]


def not_migrated(pending: list[str]) -> str:
    """Return the sentence for migrations that the database lacks."""
    more = len(pending) - NAMED
    rest = f" and {more} more" if more > 0 else ""
    return f"Not migrated yet: {', '.join(pending[:NAMED])}{rest}. Run manage.py migrate."


def missing_clusters(workers: Iterable[Worker]) -> list[str]:
    """Return the clusters that nobody serves: there is none, or only such as are ending.

    One that is started on demand is missed by the pokes that nobody takes.
    """
    served = {worker.cluster for worker in workers if worker.state == "alive"}
    return [name for name in cluster_names() if name not in served and not is_on_demand(name)]


def _workers(snapshot: Snapshot) -> Iterator[str]:
    for name in missing_clusters(snapshot.workers):
        yield f"No cluster {name} is alive: start manage.py run_worker."
    for worker in snapshot.workers:
        if worker.state == "silent":
            yield (
                f"The cluster {worker.cluster} of {worker.host} has been silent for "
                f"{span(worker.silent_s)}: look whether that host is up."
            )


def _tick(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.tick_age_s is None:
        yield "The tick has never come: start manage.py run_worker."
    elif snapshot.tick_age_s > TICK_LIMIT_S:
        yield (
            f"The tick came last {span(snapshot.tick_age_s)} ago; it should every minute. "
            "Look at the log of the cluster control."
        )


def _chores(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.tick_age_s is None or snapshot.tick_age_s > TICK_LIMIT_S:
        return
    for chore in snapshot.chores:
        is_old = chore.freshness in {Freshness.LATE, Freshness.STALE}
        if is_old or chore.consecutive_failures >= FAILURES_LIMIT:
            why = f" ({chore.error_code})" if chore.error_code else ""
            yield (
                f"The chore {chore.name} did not succeed {_since(chore.age_s)}{why}: "
                "look at the log."
            )


def _queues(snapshot: Snapshot) -> Iterator[str]:
    for queue in snapshot.queues:
        if queue.oldest_s is not None and queue.oldest_s > POKE_LIMIT_S:
            yield (
                f"Nobody of the cluster {queue.cluster} took a poke for {span(queue.oldest_s)}: "
                "its workers are all busy, or down."
            )


def _leases(snapshot: Snapshot) -> Iterator[str]:
    lost = [lease for lease in snapshot.leases if lease.expires_in_s < -LOST_LIMIT_S]
    if lost:
        yield f"{len(lost)} runs lost their worker and were not taken back: the tick is behind."


def _line(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.oldest_due_s is not None and snapshot.oldest_due_s > DUE_LIMIT_S:
        yield (
            f"A run could have begun {span(snapshot.oldest_due_s)} ago: "
            "add workers (WORK_PROCESSES), or look at what they are busy with."
        )


def _since(age_s: float | None) -> str:
    return "yet" if age_s is None else f"for {span(age_s)}"
