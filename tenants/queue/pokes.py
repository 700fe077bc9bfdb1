"""Wakes the workers of a cluster."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task  # noqa: TID251  # the door itself

CONTROL = "control"
WORK = "work"
FACES = "faces"


def poke(cluster: str = WORK) -> None:
    """Have a worker of ``cluster`` run its entry point soon; many pokes may become one.

    The Postgres broker writes through the caller's connection: inside a transaction the
    poke counts if, and only if, the transaction commits, together with the work that it
    speaks of. Any other broker is told after the commit. A cluster that this installation does
    without is not woken.
    """
    if cluster not in settings.QUEUE_ENTRY_POINTS:
        return
    database: str | None = settings.Q_CLUSTER.get("orm")
    if database is None:
        transaction.on_commit(partial(_enqueue, cluster))
        return
    with transaction.atomic(using=database, savepoint=False):
        if not _hold_waiting_poke(cluster, database):
            _enqueue(cluster)


def is_poke_overdue(cluster: str, *, after_s: float) -> bool:
    """Return whether a poke of ``cluster`` waits for longer than ``after_s`` untouched."""
    since = timezone.now() - timedelta(seconds=after_s)
    return bool(OrmQ.objects.filter(key=cluster, lock__lte=since).exists())


def _hold_waiting_poke(cluster: str, database: str) -> bool:
    """Return whether a poke waits that no worker can take before our transaction ends.

    Without the lock a worker could take it now, find nothing of what we have not committed,
    and leave our work without a poke.
    """
    waiting = OrmQ.objects.using(database).filter(key=cluster, lock__lte=timezone.now())
    held = waiting.select_for_update(skip_locked=True, no_key=True).order_by("pk")
    return held.values_list("pk").first() is not None


def _enqueue(cluster: str) -> None:
    async_task(settings.QUEUE_ENTRY_POINTS[cluster], q_options={"cluster": cluster})
