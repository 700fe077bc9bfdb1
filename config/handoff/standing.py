"""Where the work stands at a moment, as far as git and the database say."""

import dataclasses
import datetime as dt
from typing import Final

from django.db import DatabaseError, InterfaceError

from config.embedded.errors import EmbeddedPostgresError
from config.status import engine, platform
from config.status.facts import EndedBadly, Lease, RunsInLine, Worker
from config.status.git import Checkout, checkout

WORST: Final = 5
FAILED_RUNS: Final = 10

Coverage = dict[str, dict[str, int]]


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What the database says.

    Attributes:
        coverage: units of each stage by status, over all organizations.
        datasets: how many are in each state of freshness.
        worst: organization, name, state and age of the oldest ones.
    """

    workers: list[Worker]
    line: list[RunsInLine]
    leases: list[Lease]
    coverage: Coverage
    datasets: dict[str, int]
    worst: list[tuple[str, str, str, float | None]]
    failed_runs: list[EndedBadly]


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Everything; what could not be asked is None, and ``silence`` says why the database was."""

    at: dt.datetime
    checkout: Checkout | None
    work: Work | None
    silence: str = ""


def take_standing() -> Standing:
    """Ask git and the database; either may be away."""
    at, code = dt.datetime.now(dt.UTC), checkout()
    try:
        return Standing(at, code, _work())
    except (DatabaseError, InterfaceError, EmbeddedPostgresError) as error:
        return Standing(at, code, None, silence=" ".join(str(error).split()))


def _work() -> Work:
    now = platform.database_now()
    return Work(
        workers=platform.workers(now),
        line=engine.runs_in_line(now),
        leases=engine.leases(now),
        coverage=engine.stage_coverage(),
        datasets=engine.dataset_states(),
        worst=engine.old_datasets(now, limit=WORST),
        failed_runs=engine.ended_badly(now, since=now - engine.DAY, limit=FAILED_RUNS),
    )
