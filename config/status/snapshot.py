"""Takes everything in at one moment."""

import dataclasses
from typing import Any

from config.status import engine, platform, release
from config.status.facts import Installation, Snapshot


def take_snapshot() -> Installation:
    """Read how the installation is doing: a ``Snapshot``, unless migrations are pending.

    It takes some twenty statements of bounded size. A database that lacks migrations may lack
    what they ask for, so no more is told of it than that.

    Raises:
        DatabaseError: the database did not answer, or lacks what this code asks for.
    """
    found = Installation(
        at=platform.database_now(),
        version=release.version(),
        commit=release.commit(),
        pending_migrations=platform.pending_migrations(),
    )
    return found if found.pending_migrations else _everything(found)


def as_json(found: Installation, problems: list[str]) -> dict[str, Any]:
    """Return it with keys that stay: they are a promise to whoever reads them by program."""
    told = {
        "is_well": not problems,
        "problems": problems,
        **dataclasses.asdict(found),
        "at": found.at.isoformat(),
    }
    if isinstance(found, Snapshot):
        told |= {"tick_age_s": found.tick_age_s, "oldest_due_s": found.oldest_due_s}
    return told


def _everything(found: Installation) -> Snapshot:
    at = found.at
    return Snapshot(
        at=at,
        version=found.version,
        commit=found.commit,
        pending_migrations=found.pending_migrations,
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
    )
