"""Refuses settings of the queue that were measured to lose time, tasks or whole clusters."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

# Only with this turn does the guard's countdown meet zero exactly and end a worker that hangs.
GUARD_CYCLE_S = 0.5


# Of each cluster; WORK_PROCESSES sets the workers of the work.
COUNTS = ("workers", "queue_limit", "bulk")

TAG = "queue"

# Number of the error, and its sentence.
Problem = tuple[str, str]


@register(TAG)
def check_queue(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with ``Q_CLUSTER`` and the connections of the workers."""
    problems = [*_cluster_problems(settings.Q_CLUSTER), *_connection_problems()]
    return [Error(sentence, id=f"tenants.E{number}") for number, sentence in problems]


def _cluster_problems(queue: dict[str, Any]) -> list[Problem]:
    problems = [
        problem
        for is_wrong, problem in (
            (
                not queue.get("ALT_CLUSTERS"),
                ("101", "Q_CLUSTER needs ALT_CLUSTERS: the work has a cluster of its own."),
            ),
            (
                queue.get("save_limit") != -1,
                ("103", "Q_CLUSTER: save_limit must be -1; results are in our tables."),
            ),
            (
                not (queue.get("ack_failures") and queue.get("max_attempts") == 1),
                ("104", "Q_CLUSTER: a poke that fails is not repeated by the queue."),
            ),
            (
                queue.get("daemonize_workers", True),
                ("105", "Q_CLUSTER: daemonic workers cannot start processes for pictures."),
            ),
            (
                queue.get("catch_up", True),
                ("112", "Q_CLUSTER: catch_up must be False, else an outage is followed by ticks."),
            ),
            (
                queue.get("sync", False),
                ("113", "Q_CLUSTER: sync must not be set, else requests do the workers' work."),
            ),
            (
                not queue.get("scheduler", True),
                ("114", "Q_CLUSTER: without its scheduler the tick never comes."),
            ),
        )
        if is_wrong
    ]
    for name, cluster in _clusters(queue).items():
        problems += _problems_of(name, cluster)
    return problems


def _problems_of(name: str, cluster: dict[str, Any]) -> Iterator[Problem]:
    if cluster.get("guard_cycle", GUARD_CYCLE_S) != GUARD_CYCLE_S:
        yield "102", f"Q_CLUSTER: guard_cycle of {name} must be 0.5, else no worker times out."
    if not cluster.get("max_rss"):
        yield "115", f"Q_CLUSTER: {name} needs max_rss, else a worker that grows dies at its work."
    if not cluster.get("timeout") or not cluster.get("retry"):
        yield "109", f"Q_CLUSTER: {name} needs timeout and retry, else what hangs is never done."
        return
    if not isinstance(cluster["timeout"], int):
        yield "110", f"Q_CLUSTER: timeout of {name} must be whole seconds, else every task fails."
    wrong = [count for count in COUNTS if not _is_count(cluster.get(count))]
    if wrong:
        yield (
            "116",
            f"Q_CLUSTER: {' and '.join(wrong)} of {name} must be 1 or more, else it is idle.",
        )
        return
    if cluster["retry"] <= (needed := _longest_wait_s(cluster)):
        yield "106", f"Q_CLUSTER: retry of {name} must exceed {needed} s, else tasks run twice."


def _connection_problems() -> list[Problem]:
    database = settings.DATABASES[settings.Q_CLUSTER.get("orm", "default")]
    problems = []
    if database.get("OPTIONS", {}).get("pool"):
        problems.append(("107", "DATABASES: workers fork, and a pool does not survive that."))
    if database.get("CONN_MAX_AGE", 0) == 0:
        problems.append(("108", "DATABASES: CONN_MAX_AGE of 0 makes the queue four times slower."))
    if not database.get("CONN_HEALTH_CHECKS"):
        sentence = "DATABASES: without CONN_HEALTH_CHECKS a worker goes on with a dead connection."
        problems.append(("111", sentence))
    return problems


def _clusters(queue: dict[str, Any]) -> dict[str, dict[str, Any]]:
    alternatives = queue.get("ALT_CLUSTERS") or {}
    return {queue["name"]: queue} | {name: queue | own for name, own in alternatives.items()}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and value >= 1


def _longest_wait_s(cluster: dict[str, Any]) -> int:
    """Return how long a task may lie between its poll and its end.

    ``retry`` counts from the poll, and the tasks polled before it go first.
    """
    ahead = (cluster["queue_limit"] + cluster["bulk"]) / cluster["workers"]
    return int(cluster["timeout"] * (1 + math.ceil(ahead)))
