"""The door to django-q2, the only code that imports it.

The queue is an alarm clock: it carries pokes without arguments, and what they find to do is
in our tables. A poke that is lost, late or doubled costs time, never data.
"""

from tenants.queue.figures import (
    Line,
    cluster_names,
    is_on_demand,
    lines,
    own_cluster,
    work_clusters,
    worker_count,
)
from tenants.queue.pokes import CONTROL, FACES, WORK, is_poke_overdue, poke
from tenants.queue.schedule import ensure_tick

__all__ = [
    "CONTROL",
    "FACES",
    "WORK",
    "Line",
    "cluster_names",
    "ensure_tick",
    "is_on_demand",
    "is_poke_overdue",
    "lines",
    "own_cluster",
    "poke",
    "work_clusters",
    "worker_count",
]
