"""What operators ask of the queue itself."""

import dataclasses
import datetime as dt
import os
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django_q.models import OrmQ

from tenants.queue.pokes import WORK


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """The pokes of one cluster.

    Attributes:
        waiting: pokes that no worker has taken; the oldest since ``oldest_at``.
        taken: pokes that a worker is at.
    """

    cluster: str
    waiting: int = 0
    taken: int = 0
    oldest_at: dt.datetime | None = None


def cluster_names() -> list[str]:
    """Return the names of all clusters that the settings know."""
    return [settings.Q_CLUSTER["name"], *settings.Q_CLUSTER["ALT_CLUSTERS"]]


def work_clusters() -> list[str]:
    """Return the names of the clusters that work runs."""
    return list(settings.Q_CLUSTER["ALT_CLUSTERS"])


def own_cluster() -> str:
    """Return whose worker this process is; of none, it counts to those of the work."""
    name = os.environ.get("Q_CLUSTER_NAME", WORK)
    return name if name in settings.Q_CLUSTER["ALT_CLUSTERS"] else WORK


def is_on_demand(cluster: str) -> bool:
    """Return whether the cluster is started only where it has work."""
    return cluster in settings.ON_DEMAND_CLUSTERS


def worker_count(cluster: str) -> int:
    """Return how many workers the cluster has by the settings."""
    own: dict[str, Any] = settings.Q_CLUSTER["ALT_CLUSTERS"].get(cluster, {})
    return int(own.get("workers", settings.Q_CLUSTER["workers"]))


def lines() -> list[Line]:
    """Return how long the line of each cluster is; none where the broker is not PostgreSQL."""
    if settings.Q_CLUSTER.get("orm") is None:
        return []
    # A poke that was taken is locked for as long as its task may last.
    rows = OrmQ.objects.values("key").annotate(
        waiting=Count("pk", filter=Q(lock__lte=Now())),
        taken=Count("pk", filter=Q(lock__gt=Now())),
        oldest_at=Min("lock", filter=Q(lock__lte=Now())),
    )
    known = {
        row["key"]: Line(row["key"], row["waiting"], row["taken"], row["oldest_at"]) for row in rows
    }
    return [known.get(name, Line(name)) for name in cluster_names()]
