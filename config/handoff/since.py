"""What changed since the last entry."""

import datetime as dt
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError

from config.embedded.errors import EmbeddedPostgresError
from config.handoff.entry import coverage_words
from config.handoff.log import LastEntry
from config.status import engine
from config.status.git import commits_since
from config.status.words import span


def changes_since(last: LastEntry) -> Iterator[str]:
    """Yield lines: commits, runs that ended, coverage then and now."""
    yield f"Since then ({span((dt.datetime.now(dt.UTC) - last.at).total_seconds())}):"
    yield from _commits(last)
    try:
        lines = list(_work(last))
    except (DatabaseError, InterfaceError, EmbeddedPostgresError) as error:
        lines = [f"- The database does not answer: {' '.join(str(error).split())}"]
    yield from lines


def _commits(last: LastEntry) -> Iterator[str]:
    commits = commits_since(last.commit) if last.commit else None
    if commits is None:
        yield "- Commits: git does not say"
        return
    yield f"- Commits: {len(commits) or 'none'}"
    yield from (f"  - {commit}" for commit in commits)


def _work(last: LastEntry) -> Iterator[str]:
    outcomes = engine.outcomes(last.at)
    ended = ", ".join(
        f"{outcome.runs} {outcome.state}" + (f" ({outcome.error_code})" * bool(outcome.error_code))
        for outcome in outcomes
    )
    yield f"- Runs that ended: {ended or 'none'}"
    then = "not known" if last.coverage is None else coverage_words(last.coverage)
    yield f"- Stages then: {then}"
    yield f"- Stages now: {coverage_words(engine.stage_coverage())}"
