"""Reads of how fresh datasets are: each one query, judged at the moment of asking."""

import datetime as dt
import logging
from typing import Any

from cronsim import CronSimError
from django.db.models import CharField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from connectors.models import Connection
from ingestion.engine.kinds import kinds
from ingestion.freshness.datasets import DATASETS
from ingestion.freshness.rows import facts_of
from ingestion.freshness.states import badness, is_better, judge
from ingestion.models import DatasetStatus, SyncRun
from ingestion.models.job import JobState
from ingestion.models.run import HELD_UNTIL, WAITING_STATES, RunState

logger = logging.getLogger(__name__)


def statuses(
    *names: str, connection: Connection | None = None, now: dt.datetime | None = None
) -> list[DatasetStatus]:
    """Return the datasets of the organization in scope, the worst first, in one query.

    Each has its connection and its job. Of the runs that refresh it, those of its job or of such a
    kind for its connection, it knows ``next_at``, when the first of those in line begins, unless
    its job is paused, and ``is_at_work``. A state that time has
    made worse since the last tick is told as it is by now.

    Args:
        names: which datasets; all without one.
        connection: of which connection; else of all, and those of the organization as a whole.
    """
    found = _with_runs(DatasetStatus.objects.all())
    if names:
        found = found.filter(name__in=names)
    if connection is not None:
        found = found.filter(connection=connection)
    rows: list[DatasetStatus] = []
    for row in found:
        row.next_at, row.is_at_work = row.first_waiting, row.has_running
        _age(row, now or timezone.now())
        rows.append(row)
    return sorted(rows, key=_worst_first)


def _with_runs(rows: "QuerySet[DatasetStatus]") -> "QuerySet[Any]":
    runs = SyncRun.objects.alias(dataset=ExpressionWrapper(OuterRef("name"), CharField())).filter(
        Q(job_id=OuterRef("job_id")) | _of_its_connection(), is_dry_run=False
    )
    waiting = runs.filter(state__in=WAITING_STATES, run_after__lt=HELD_UNTIL)
    waiting = waiting.exclude(job__state=JobState.PAUSED)
    return rows.select_related("connection", "job__paused_by").annotate(
        first_waiting=Subquery(waiting.order_by("run_after").values("run_after")[:1]),
        has_running=Exists(runs.filter(state=RunState.RUNNING)),
    )


def _of_its_connection() -> Q:
    """Return which runs for a dataset's connection refresh it: its folder's do not its items."""
    of_connections = [dataset.name for dataset in DATASETS.values() if dataset.is_of_connection]
    found = Q(pk=None)
    for name in of_connections:
        makers = [kind.name for kind in kinds() if name in kind.datasets]
        found |= Q(dataset=name, kind__in=makers)
    return Q(connection_id=OuterRef("connection_id")) & found


def _age(status: DatasetStatus, now: dt.datetime) -> None:
    """Let the row in hand say what time has made of it; the tick writes it down."""
    try:
        state = judge(facts_of(status), now).state.value
    except (CronSimError, ValueError, KeyError):
        # A schedule that cannot be read; pages go on with what is known.
        logger.warning("Dataset %s could not be judged.", status.pk)
        return
    if is_better(status.state, state):
        status.state = state


def _worst_first(status: DatasetStatus) -> tuple[int, dt.datetime, str, str]:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return -badness(status.state), status.as_of or never, status.name, str(status.pk)
