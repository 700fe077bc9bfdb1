"""System checks of what the product cannot run without: the settings of the queue.

Each was measured to lose, double or wedge work when it is otherwise.
"""

import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

GUARD_CYCLE_S = 0.5
# What django-q2 takes where a setting is left out.
DEFAULTS: dict[str, Any] = {"workers": 1, "queue_limit": 1, "bulk": 1, "guard_cycle": 0.5}


@register
def check_queue(**_: Any) -> list[CheckMessage]:
    """Return what is wrong with ``Q_CLUSTER`` and the databases that workers use."""
    cluster: Mapping[str, Any] = settings.Q_CLUSTER
    others: Mapping[str, Mapping[str, Any]] = cluster.get("ALT_CLUSTERS", {})
    problems: list[CheckMessage] = []
    if not others:
        problems.append(
            Error(
                "Q_CLUSTER names no ALT_CLUSTERS.",
                hint="The control cluster must not do long work: name one that does.",
                id="tenants.E001",
            )
        )
    for name, own in {cluster.get("name", "default"): {}, **others}.items():
        problems += _check_cluster(name, {**DEFAULTS, **cluster, **own})
    for alias, database in settings.DATABASES.items():
        if database.get("OPTIONS", {}).get("pool"):
            problems.append(
                Error(
                    f"The database {alias!r} uses psycopg's pool.",
                    hint="Workers fork, and forks that share a pool corrupt it. Set "
                    "CONN_MAX_AGE instead.",
                    id="tenants.E004",
                )
            )
    return problems


def _check_cluster(name: str, conf: Mapping[str, Any]) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    timeout_s, retry_s = conf.get("timeout"), conf.get("retry")
    waits = 1 + math.ceil((conf["queue_limit"] + conf["bulk"]) / conf["workers"])
    if not timeout_s or not retry_s or retry_s <= timeout_s * waits:
        wanted = f"more than {timeout_s * waits} s" if timeout_s else "set, and timeout too"
        problems.append(
            Error(
                f"The cluster {name!r} hands a task out again while it may still wait or run.",
                hint=f"retry must be {wanted}: "
                "timeout * (1 + ceil((queue_limit + bulk) / workers)).",
                id="tenants.E002",
            )
        )
    if conf["guard_cycle"] != GUARD_CYCLE_S:
        problems.append(
            Error(
                f"The cluster {name!r} has a guard_cycle of {conf['guard_cycle']} s.",
                hint=f"Only {GUARD_CYCLE_S} counts down to exactly zero, and so ends a task that "
                "hangs.",
                id="tenants.E003",
            )
        )
    return problems
