"""The same numbers for Prometheus, for whoever knows the token."""

import hmac
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.status.facts import Installation, Snapshot
from config.status.silence import SILENCES
from config.status.snapshot import take_snapshot

METRICS_PATH: Final = "/metrics"
# However many scrape, a process reads the numbers once in this time.
KEPT_S: Final = 10
_KEY: Final = "metrics"
_SCHEME: Final = "Bearer "


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the numbers to whoever brings METRICS_TOKEN; without that setting there are none."""
    token: str = settings.METRICS_TOKEN
    if not token:
        return HttpResponse("not found\n", status=404, content_type="text/plain")
    if not _knows(request, token):
        response = HttpResponse("unauthorized\n", status=401, content_type="text/plain")
        response["WWW-Authenticate"] = "Bearer"
        return response
    try:
        body = _body()
    except SILENCES:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _knows(request: HttpRequest, token: str) -> bool:
    """Compare in a time that tells nothing of how much was right."""
    brought = request.headers.get("Authorization", "")
    is_bearer = brought.startswith(_SCHEME)
    secret = brought.removeprefix(_SCHEME).strip()
    return hmac.compare_digest(secret.encode(), token.encode()) and is_bearer


def _body() -> bytes:
    kept: bytes | None = caches["process"].get(_KEY)
    if kept is not None:
        return kept
    registry = CollectorRegistry()
    found = take_snapshot()
    registry.register(ReleaseCollector(found))
    if isinstance(found, Snapshot):
        registry.register(SnapshotCollector(found))
    body = generate_latest(registry)
    caches["process"].set(_KEY, body, KEPT_S)
    return body


class ReleaseCollector(Collector):
    """Yields which code meets which tables, which is known whatever tables there are."""

    def __init__(self, found: Installation) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Return the two families."""
        pending = len(self._found.pending_migrations)
        yield _number("migrations_pending", "Migrations that the database lacks.", pending)
        info = _gauge("build_info", "Always 1; says what runs.", "version", "commit")
        info.add_metric([self._found.version, self._found.commit[:12]], 1)
        yield info


class SnapshotCollector(Collector):
    """Yields one snapshot as metrics; no label names an organization, a person or a run."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Return the families, in the order of the documentation."""
        yield from self._workers()
        yield from self._chores()
        yield from self._runs()
        yield from self._stages()
        yield from self._sizes()

    def _workers(self) -> Iterator[Metric]:
        clusters = _gauge("clusters", "Clusters of workers by their state.", "cluster", "state")
        counted: dict[tuple[str, str], int] = {}
        for worker in self._snapshot.workers:
            key = (worker.cluster, worker.state)
            counted[key] = counted.get(key, 0) + 1
        for (cluster, state), count in counted.items():
            clusters.add_metric([cluster, state], count)
        yield clusters
        waiting = _gauge("queue_pokes", "Pokes that no worker has taken.", "cluster")
        oldest = _gauge("queue_oldest_seconds", "Age of the oldest such poke.", "cluster")
        for queue in self._snapshot.queues:
            waiting.add_metric([queue.cluster], queue.waiting)
            oldest.add_metric([queue.cluster], queue.oldest_s or 0)
        yield waiting
        yield oldest

    def _chores(self) -> Iterator[Metric]:
        if self._snapshot.tick_age_s is not None:
            text = "Since the tick came last; expected every minute."
            yield _number("tick_age_seconds", text, self._snapshot.tick_age_s)
        age = _gauge("chore_success_age_seconds", "Since a chore last succeeded.", "chore")
        failures = _gauge("chore_failures", "Failures of a chore in a row.", "chore")
        took = _gauge("chore_seconds", "How long the last turn of a chore took.", "chore")
        for chore in self._snapshot.chores:
            if chore.age_s is not None:
                age.add_metric([chore.name], chore.age_s)
            failures.add_metric([chore.name], chore.consecutive_failures)
            took.add_metric([chore.name], chore.took_ms / 1000)
        yield from (age, failures, took)

    def _runs(self) -> Iterator[Metric]:
        runs = _gauge("runs", "Runs that have not ended.", "state")
        due = _gauge("runs_due", "Runs that a worker could begin now.", "state")
        for line in self._snapshot.line:
            runs.add_metric([line.state], line.runs)
            due.add_metric([line.state], line.due)
        yield from (runs, due)
        text = "For how long the oldest run waits that a worker could begin; 0 if none does."
        yield _number("runs_oldest_due_seconds", text, self._snapshot.oldest_due_s or 0)
        yield _number("leases", "Runs that a worker holds.", len(self._snapshot.leases))
        stalled = max((lease.progress_s for lease in self._snapshot.leases), default=0)
        text = "Since the last batch of the run that is at work and has written nothing longest."
        yield _number("leases_oldest_progress_seconds", text, stalled)
        text = "How the runs of the last 24 hours ended."
        ended = _gauge("runs_ended_last_day", text, "state", "error_code")
        for outcome in self._snapshot.outcomes:
            ended.add_metric([outcome.state, outcome.error_code], outcome.runs)
        yield ended
        halts = self._snapshot.halts
        yield _number(
            "jobs_paused", "Jobs that somebody, or too many failures, paused.", halts.paused_jobs
        )
        text = "Connections that their source asked to wait."
        yield _number("connections_blocked", text, halts.blocked_connections)
        yield _number("jobs_due", "Scheduled jobs that are due and not queued.", halts.due_jobs)
        text = "For how long the oldest such job has been due; 0 if none is."
        yield _number("jobs_oldest_due_seconds", text, halts.oldest_due_job_s or 0)

    def _stages(self) -> Iterator[Metric]:
        units = _gauge(
            "stage_units", "Units of a stage that are pending or failed.", "stage", "status"
        )
        oldest = _gauge("stage_oldest_pending_seconds", "Age of the oldest pending unit.", "stage")
        for stage in self._snapshot.stages:
            units.add_metric([stage.stage, stage.status], stage.units)
            if stage.oldest_s is not None:
                oldest.add_metric([stage.stage], stage.oldest_s)
        yield from (units, oldest)

    def _sizes(self) -> Iterator[Metric]:
        size = self._snapshot.database.size_bytes
        yield _number("database_bytes", "Size of the database on disk.", size)
        stored = self._snapshot.storage.size_bytes
        yield _number("stored_bytes", "Size of the stored pictures, by their rows.", stored)
        kept = self._snapshot.storage.import_files_bytes
        yield _number("import_files_bytes", "Size of the import files that are kept.", kept)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"magpie_{name}", text, labels=labels)


def _number(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"magpie_{name}", text, value=value)
