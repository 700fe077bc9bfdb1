"""One entry of the log: written for people, with a line that ``--last`` compares with later."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from config.handoff.standing import Coverage, Standing, Work
from config.status.git import Checkout
from config.status.words import span

HEADING: Final = "## Handed over on "
MAX_CHANGED: Final = 20


def entry_of(standing: Standing, *, note: str, steps: Sequence[str]) -> str:
    """Return the entry as Markdown."""
    lines = [
        f"{HEADING}{standing.at:%Y-%m-%d %H:%M:%S} UTC",
        f"<!-- state {json.dumps(_state(standing))} -->",
        "",
        note,
        "",
        "Next:",
        *(f"{number}. {step}" for number, step in enumerate(steps, start=1)),
        "",
        *_code(standing.checkout),
    ]
    if standing.work is None:
        lines.append(f"- {standing.silence}")
    else:
        lines += _work(standing.work)
    return "\n".join(lines) + "\n\n"


def coverage_words(coverage: Coverage) -> str:
    """Return ``fetch: 90 done, 2 pending; …``."""
    stages = (f"{stage}: {_counts(counts)}" for stage, counts in sorted(coverage.items()))
    return "; ".join(stages) or "no unit of any stage"


def branch_words(branch: str) -> str:
    """Return ``branch main``."""
    return f"branch {branch}" if branch else "no branch"


def dataset_words(datasets: dict[str, int]) -> str:
    """Return ``3 fresh, 1 stale``."""
    return _counts(datasets) or "none"


def _state(standing: Standing) -> dict[str, object]:
    code, work = standing.checkout, standing.work
    return {
        "at": standing.at.isoformat(),
        "commit": code.commit if code else "",
        "branch": code.branch if code else None,
        "changed": len(code.changed) if code else None,
        "coverage": work.coverage if work else None,
        "datasets": work.datasets if work else None,
    }


def _code(code: Checkout | None) -> Iterator[str]:
    if code is None:
        yield "- Code: no git repository"
        return
    yield f"- Code: {branch_words(code.branch)}, commit {code.commit[:12]} ({code.subject})"
    if not code.changed:
        yield "- No file differs from it."
        return
    yield f"- {len(code.changed)} files differ from it:"
    yield from (f"  - `{line}`" for line in code.changed[:MAX_CHANGED])
    if len(code.changed) > MAX_CHANGED:
        yield f"  - and {len(code.changed) - MAX_CHANGED} more"


def _work(work: Work) -> Iterator[str]:
    clusters = [f"{w.cluster} on {w.host} ({w.state})" for w in work.workers]
    yield f"- Clusters of workers: {', '.join(clusters) or 'none'}"
    runs = [f"{r.runs} {r.state}" for r in work.line]
    yield f"- Runs: {', '.join(runs) or 'none'}"
    yield from (
        f"  - at work: {x.run_id} ({x.kind} of {x.org}), for {span(x.age_s)}" for x in work.leases
    )
    yield f"- Stages: {coverage_words(work.coverage)}"
    yield f"- Datasets: {dataset_words(work.datasets)}"
    yield from (
        f"  - {state}: {name} of {org}, {'never' if age_s is None else span(age_s) + ' old'}"
        for org, name, state, age_s in work.worst
    )
    yield f"- Runs that failed within a day: {work.failed_count or 'none'}"
    yield from (
        f"  - {r.run_id} ({r.kind} of {r.org}): {r.state}, {r.error_code}, {span(r.ended_s)} ago"
        for r in work.failed_runs
    )
    if work.failed_count > len(work.failed_runs):
        yield f"  - and {work.failed_count - len(work.failed_runs)} more"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
