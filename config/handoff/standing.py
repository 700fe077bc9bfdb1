"""Where the work stands at a moment, as far as git and the database say."""

import dataclasses
import datetime as dt
from typing import Final

from config.status import engine, platform
from config.status.facts import EndedBadly, Lease, RunsInLine, Worker
from config.status.git import Checkout, checkout
from config.status.problems import not_migrated
from config.status.silence import SILENCES, sentence_of
from ingestion.models.run import RunState

WORST: Final = 5
FAILED_RUNS: Final = 10
FAILED: Final = frozenset({RunState.FAILED, RunState.ACTION_REQUIRED, RunState.DEAD})

Coverage = dict[str, dict[str, int]]


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What the database says.

    Attributes:
        coverage: units of each stage by status, over all organizations.
        datasets: how many are in each state of freshness.
        worst: organization, name, state and age of the oldest ones.
        failed_count: runs that failed within a day, of which ``failed_runs`` are the latest.
    """

    workers: list[Worker]
    line: list[RunsInLine]
    leases: list[Lease]
    coverage: Coverage
    datasets: dict[str, int]
    worst: list[tuple[str, str, str, float | None]]
    failed_count: int
    failed_runs: list[EndedBadly]


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Everything; what could not be asked is None, and ``silence`` says why of the database."""

    at: dt.datetime
    checkout: Checkout | None
    work: Work | None
    silence: str = ""


def take_standing() -> Standing:
    """Ask git and the database; either may be away."""
    at, code = dt.datetime.now(dt.UTC), checkout()
    try:
        pending = platform.pending_migrations()
        if pending:
            return Standing(at, code, None, silence=not_migrated(pending))
        return Standing(at, code, _work())
    except SILENCES as error:
        return Standing(at, code, None, silence=sentence_of(error))


def _work() -> Work:
    now = platform.database_now()
    outcomes = engine.outcomes(now - engine.DAY)
    return Work(
        workers=platform.workers(now),
        line=engine.runs_in_line(now),
        leases=engine.leases(now),
        coverage=engine.stage_coverage(),
        datasets=engine.dataset_states(),
        worst=engine.old_datasets(now, limit=WORST),
        failed_count=sum(ended.runs for ended in outcomes if ended.state in FAILED),
        failed_runs=engine.ended_badly(now, since=now - engine.DAY, limit=FAILED_RUNS),
    )
