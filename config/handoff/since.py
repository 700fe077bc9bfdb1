"""What changed since the last entry."""

import datetime as dt
from collections.abc import Iterator

from config.handoff.entry import branch_words, coverage_words, dataset_words
from config.handoff.log import LastEntry
from config.status import engine, platform
from config.status.git import checkout, commits_since
from config.status.problems import not_migrated
from config.status.silence import SILENCES, sentence_of
from config.status.words import span


def changes_since(last: LastEntry) -> Iterator[str]:
    """Yield lines: commits, branch, files, runs that ended, stages and datasets then and now."""
    yield f"Since then ({span((dt.datetime.now(dt.UTC) - last.at).total_seconds())}):"
    yield from _commits(last)
    yield from _checkout(last)
    try:
        pending = platform.pending_migrations()
        lines = [f"- {not_migrated(pending)}"] if pending else list(_work(last))
    except SILENCES as error:
        lines = [f"- {sentence_of(error)}"]
    yield from lines


def _commits(last: LastEntry) -> Iterator[str]:
    commits = commits_since(last.commit) if last.commit else None
    if commits is None:
        yield "- Commits: git does not say"
        return
    yield f"- Commits: {len(commits) or 'none'}"
    yield from (f"  - {commit}" for commit in commits)


def _checkout(last: LastEntry) -> Iterator[str]:
    now = checkout()
    if now is None or last.branch is None or last.changed is None:
        return
    moved = "" if now.branch == last.branch else f", then {branch_words(last.branch)}"
    yield f"- Now: {branch_words(now.branch)}{moved}"
    yield f"- Files that differ from the commit: {last.changed} then, {len(now.changed)} now"


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
    then = "not known" if last.datasets is None else dataset_words(last.datasets)
    yield f"- Datasets then: {then}"
    yield f"- Datasets now: {dataset_words(engine.dataset_states())}"
