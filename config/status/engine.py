"""Reads what the engine does across organizations, through the functions of its role."""

import datetime as dt
from typing import Any, Final

from django.db import connection

from config.status.facts import (
    EndedBadly,
    Halts,
    Lease,
    OrgBacklog,
    Outcome,
    RunsInLine,
    StageBacklog,
    Storage,
)

DAY: Final = dt.timedelta(days=1)
MAX_LEASES: Final = 200
MAX_ORGS: Final = 20


def runs_in_line(at: dt.datetime) -> list[RunsInLine]:
    """Return the runs that have not ended, by state; ``held`` wait for the command line."""
    rows = _rows("SELECT state, runs, due, oldest_due_at FROM engine_line() ORDER BY state")
    return [RunsInLine(state, runs, due, _age_s(at, since)) for state, runs, due, since in rows]


def leases(at: dt.datetime) -> list[Lease]:
    """Return the runs that are at work, the oldest claim first."""
    rows = _rows(
        "SELECT run_id, org_slug, kind, lane, owner, claimed_at, progress_at, expires_at"
        " FROM engine_leases(%s)",
        MAX_LEASES,
    )
    return [
        Lease(
            str(run_id),
            org,
            kind,
            lane,
            owner,
            _age_s(at, claimed_at) or 0.0,
            _age_s(at, progress_at) or 0.0,
            -(_age_s(at, expires_at) or 0.0),
        )
        for run_id, org, kind, lane, owner, claimed_at, progress_at, expires_at in rows
    ]


def backlog() -> list[OrgBacklog]:
    """Return the organizations of which most waits, the longest line first."""
    rows = _rows(
        "SELECT org_slug, queued, retry_wait, running, pending FROM engine_backlog(%s)", MAX_ORGS
    )
    return [OrgBacklog(*row) for row in rows]


def outcomes(since: dt.datetime) -> list[Outcome]:
    """Return how the runs ended that ended since then, the most frequent first."""
    rows = _rows(
        "SELECT state, error_code, runs FROM engine_outcomes(%s) ORDER BY runs DESC, 1, 2",
        since,
    )
    return [Outcome(*row) for row in rows]


def ended_badly(at: dt.datetime, *, since: dt.datetime, limit: int) -> list[EndedBadly]:
    """Return the runs that failed since then, the latest first."""
    rows = _rows(
        "SELECT run_id, org_slug, kind, state, error_code, finished_at"
        " FROM engine_ended_badly(%s, %s)",
        since,
        limit,
    )
    return [
        EndedBadly(str(run_id), org, kind, state, code, _age_s(at, ended_at) or 0.0)
        for run_id, org, kind, state, code, ended_at in rows
    ]


def halts(at: dt.datetime) -> Halts:
    """Return how much is paused, blocked by its source, or due and not yet queued."""
    [[paused, blocked, due, since]] = _rows(
        "SELECT paused_jobs, blocked_connections, due_jobs, oldest_due_job_at FROM engine_halts()"
    )
    return Halts(paused, blocked, due, _age_s(at, since))


def stage_backlog(at: dt.datetime) -> list[StageBacklog]:
    """Return the units that are pending or failed, by stage."""
    rows = _rows("SELECT stage, status, units, oldest_at FROM engine_stage_backlog() ORDER BY 1, 2")
    return [
        StageBacklog(stage, status, units, _age_s(at, since))
        for stage, status, units, since in rows
    ]


def stage_coverage() -> dict[str, dict[str, int]]:
    """Return the units of each stage by status; reads every one of them."""
    found: dict[str, dict[str, int]] = {}
    for stage, status, units in _rows(
        "SELECT stage, status, units FROM engine_stage_coverage() ORDER BY 1, 2"
    ):
        found.setdefault(stage, {})[status] = units
    return found


def dataset_states() -> dict[str, int]:
    """Return how many datasets of all organizations are in each state of freshness."""
    rows = _rows("SELECT state, sum(datasets) FROM engine_datasets() GROUP BY 1 ORDER BY 1")
    return {state: int(datasets) for state, datasets in rows}


def old_datasets(at: dt.datetime, *, limit: int) -> list[tuple[str, str, str, float | None]]:
    """Return the worst datasets: organization, name, state, and the age of what they show."""
    rows = _rows("SELECT org_slug, name, state, as_of FROM engine_old_datasets(%s)", limit)
    return [(org, name, state, _age_s(at, as_of)) for org, name, state, as_of in rows]


def storage() -> Storage:
    """Return the size of the stored pictures, and of the import files that are kept."""
    [row] = _rows(
        "SELECT bytes, is_estimate, engine_import_bytes() FROM engine_stored_bytes()",
    )
    return Storage(*row)


def _rows(statement: str, *arguments: dt.datetime | int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())


def _age_s(at: dt.datetime, since: dt.datetime | None) -> float | None:
    return None if since is None else round((at - since).total_seconds(), 1)
