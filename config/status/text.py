"""The installation as a person reads it on a terminal."""

from collections.abc import Iterator, Sequence

from config.status.facts import Snapshot
from config.status.words import size, span

Row = Sequence[object]


def as_text(snapshot: Snapshot, problems: Sequence[str]) -> str:
    """Return all of it, what is wrong first."""
    return "\n".join([*_head(snapshot, problems), *_body(snapshot)])


def _head(snapshot: Snapshot, problems: Sequence[str]) -> Iterator[str]:
    commit = f", commit {snapshot.commit[:12]}" if snapshot.commit else ""
    yield f"Magpie {snapshot.version}{commit}, at {snapshot.at:%Y-%m-%d %H:%M:%S} UTC"
    if not problems:
        yield "All is well."
    for problem in problems:
        yield f"! {problem}"


def _body(snapshot: Snapshot) -> Iterator[str]:
    yield from _table(
        "Workers",
        ("cluster", "host", "pid", "workers", "state", "silent", "up"),
        [
            (w.cluster, w.host, w.pid, w.workers, w.state, span(w.silent_s), span(w.up_s))
            for w in snapshot.workers
        ],
    )
    yield from _table(
        "Chores of the platform",
        ("chore", "freshness", "success", "failures", "took"),
        [
            (c.name, c.freshness, span(c.age_s), c.consecutive_failures, f"{c.took_ms} ms")
            for c in snapshot.chores
        ],
    )
    yield from _table(
        "Queue",
        ("cluster", "waiting", "taken", "oldest"),
        [(q.cluster, q.waiting, q.taken, span(q.oldest_s)) for q in snapshot.queues],
    )
    yield from _table(
        "Runs",
        ("state", "runs", "due", "oldest due"),
        [(r.state, r.runs, r.due, span(r.oldest_due_s)) for r in snapshot.line],
    )
    yield from _table(
        "At work",
        ("run", "organization", "kind", "for", "last batch", "lease"),
        [
            (x.run_id, x.org, x.kind, span(x.age_s), span(x.progress_s), span(x.expires_in_s))
            for x in snapshot.leases
        ],
    )
    yield from _table(
        "Longest lines",
        ("organization", "queued", "waiting", "running", "units"),
        [(o.org, o.queued, o.retry_wait, o.running, o.pending_units) for o in snapshot.orgs],
    )
    yield from _table(
        "Stages",
        ("stage", "status", "units", "oldest"),
        [(s.stage, s.status, s.units, span(s.oldest_s)) for s in snapshot.stages],
    )
    yield from _table(
        "Runs of the last 24 hours",
        ("outcome", "code", "runs"),
        [(o.state, o.error_code or "—", o.runs) for o in snapshot.outcomes],
    )
    yield from _table(
        "Halts",
        ("what", "count"),
        [
            ("paused jobs", snapshot.halts.paused_jobs),
            ("connections that their source blocks", snapshot.halts.blocked_connections),
            ("jobs that are due and not queued", snapshot.halts.due_jobs),
        ],
    )
    yield from _table(
        f"Database: {size(snapshot.database.size_bytes)}",
        ("table", "size", "rows, about"),
        [(t.name, size(t.size_bytes), t.rows) for t in snapshot.database.tables],
    )
    about = "about " if snapshot.storage.is_estimate else ""
    yield f"\nStored pictures: {about}{size(snapshot.storage.size_bytes)}"


def _table(title: str, head: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    """Return a heading and lines in columns; one line where there is nothing."""
    yield f"\n{title}"
    if not rows:
        yield "  none"
        return
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {line.rstrip()}"
