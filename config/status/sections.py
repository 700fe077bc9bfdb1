"""The snapshot as tables, which the terminal and the page show alike."""

import dataclasses
from collections.abc import Iterator, Sequence

from config.status.facts import Installation, Snapshot
from config.status.words import size, span
from ingestion.engine.chores import EVERY_TICK_S

Row = Sequence[object]


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """A table under a heading."""

    title: str
    head: Sequence[str]
    rows: Sequence[Row]

    @property
    def labelled_rows(self) -> list[list[tuple[str, object]]]:
        """Each cell with the heading of its column, for where there is no room for columns."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


def sections(found: Installation) -> list[Section]:
    """Return all tables, what operators look at first before the rest."""
    if not isinstance(found, Snapshot):
        return []
    return [*_machinery(found), *_work(found), *_sizes(found)]


def _machinery(snapshot: Snapshot) -> Iterator[Section]:
    age_s = snapshot.tick_age_s
    yield Section(
        "The tick",
        ("Came last", "Expected every"),
        [("never" if age_s is None else f"{span(age_s)} ago", span(EVERY_TICK_S))],
    )
    yield Section(
        "Clusters of workers",
        ("Cluster", "Host", "Process", "Workers", "State", "Silent", "Up"),
        [
            (w.cluster, w.host, w.pid, w.workers, w.state, span(w.silent_s), span(w.up_s))
            for w in snapshot.workers
        ],
    )
    yield Section(
        "Chores of the platform",
        ("Chore", "Freshness", "Last success", "Failures", "Error", "Changed", "Took"),
        [
            (
                c.name,
                c.freshness.replace("_", " "),
                span(c.age_s),
                c.consecutive_failures,
                c.error_code or "—",
                c.changed,
                f"{c.took_ms} ms",
            )
            for c in snapshot.chores
        ],
    )
    yield Section(
        "Queue",
        ("Cluster", "Pokes waiting", "Taken", "Oldest"),
        [(q.cluster, q.waiting, q.taken, span(q.oldest_s)) for q in snapshot.queues],
    )


def _work(snapshot: Snapshot) -> Iterator[Section]:
    yield Section(
        "Runs that have not ended",
        ("State", "Runs", "Due", "Oldest due"),
        [(r.state, r.runs, r.due, span(r.oldest_due_s)) for r in snapshot.line],
    )
    yield Section(
        "At work",
        ("Run", "Organization", "Kind", "For", "Last batch", "Lease"),
        [
            (x.run_id, x.org, x.kind, span(x.age_s), span(x.progress_s), _left(x.expires_in_s))
            for x in snapshot.leases
        ],
    )
    yield Section(
        "Longest lines",
        ("Organization", "Queued", "Waiting to retry", "Running", "Pending units"),
        [(o.org, o.queued, o.retry_wait, o.running, o.pending_units) for o in snapshot.orgs],
    )
    yield Section(
        "Units of stages",
        ("Stage", "Status", "Units", "Oldest"),
        [(s.stage, s.status, s.units, span(s.oldest_s)) for s in snapshot.stages],
    )
    yield Section(
        "Runs of the last 24 hours",
        ("Outcome", "Code", "Runs"),
        [(o.state, o.error_code or "—", o.runs) for o in snapshot.outcomes],
    )
    halts = snapshot.halts
    yield Section(
        "Halts",
        ("What", "Count", "Oldest"),
        [
            ("Paused jobs", halts.paused_jobs, "—"),
            ("Connections that their source asked to wait", halts.blocked_connections, "—"),
            ("Jobs that are due and not queued", halts.due_jobs, span(halts.oldest_due_job_s)),
        ],
    )


def _sizes(snapshot: Snapshot) -> Iterator[Section]:
    about = "about " if snapshot.storage.is_estimate else ""
    yield Section(
        "Sizes",
        ("What", "Size", "Rows, about"),
        [
            ("The database", size(snapshot.database.size_bytes), "—"),
            ("Stored pictures", f"{about}{size(snapshot.storage.size_bytes)}", "—"),
            ("Import files", size(snapshot.storage.import_files_bytes), "—"),
            *((t.name, size(t.size_bytes), t.rows) for t in snapshot.database.tables),
        ],
    )


def _left(seconds: float) -> str:
    return f"{span(seconds)} left" if seconds >= 0 else f"lost {span(-seconds)} ago"
