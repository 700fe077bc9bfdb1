"""The door to django-q2, the only code that imports it.

The queue is an alarm clock: it carries pokes without arguments, and what they find to do is
in our tables. A poke that is lost, late or doubled costs time, never data.
"""

from tenants.queue.figures import Line, cluster_names, lines, worker_count
from tenants.queue.pokes import CONTROL, WORK, is_poke_overdue, poke
from tenants.queue.schedule import ensure_tick

__all__ = [
    "CONTROL",
    "WORK",
    "Line",
    "cluster_names",
    "ensure_tick",
    "is_poke_overdue",
    "lines",
    "poke",
    "worker_count",
]
