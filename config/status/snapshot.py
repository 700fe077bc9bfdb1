"""Takes everything in at one moment."""

import dataclasses
from typing import Any

from config.status import engine, platform, release
from config.status.facts import Snapshot


def take_snapshot() -> Snapshot:
    """Read how the installation is doing, in some twenty statements of bounded size.

    Raises:
        DatabaseError: the database did not answer.
    """
    at = platform.database_now()
    return Snapshot(
        at=at,
        version=release.version(),
        commit=release.commit(),
        workers=platform.workers(at),
        queues=platform.queues(at),
        line=engine.runs_in_line(at),
        leases=engine.leases(at),
        orgs=engine.backlog(),
        outcomes=engine.outcomes(at - engine.DAY),
        halts=engine.halts(at),
        stages=engine.stage_backlog(at),
        chores=platform.chores(at),
        database=platform.database(),
        storage=engine.storage(),
        pending_migrations=platform.pending_migrations(),
    )


def as_json(snapshot: Snapshot, problems: list[str]) -> dict[str, Any]:
    """Return it with keys that stay: they are a promise to whoever reads them by program."""
    return {
        "is_well": not problems,
        "problems": problems,
        **dataclasses.asdict(snapshot),
        "at": snapshot.at.isoformat(),
        "tick_age_s": snapshot.tick_age_s,
        "oldest_due_s": snapshot.oldest_due_s,
    }
