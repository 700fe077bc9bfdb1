"""The last runs of many lines at once: one statement, whatever their number."""

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

from django.db import connection

from ingestion.models.run import HELD_UNTIL, OPEN_STATES, RunState
from tenants.scope import current_org_id

SHOWN_RUNS: Final = 30
# A line of work: what is done, and for which connection; for the organization as a whole, None.
LineKey = tuple[str, uuid.UUID | None]

_COLUMNS: Final = (
    "id, job_id, kind, connection_id, state, created_at, run_after, started_at, finished_at,"
    " raw_count, new_count, expected_count, error_code, user_message"
)
# Each line reads the head of its range of an index, however many runs it has. Nulls equal
# nothing, so that lines without a connection are looked for by themselves.
_SQL: Final = f"""
SELECT r.* FROM unnest(%(kinds)s::text[], %(connections)s::uuid[]) AS line (kind, connection_id)
 CROSS JOIN LATERAL (
   SELECT {_COLUMNS} FROM ingestion_syncrun
    WHERE org_id = %(org)s AND NOT is_dry_run
      AND kind = line.kind AND connection_id = line.connection_id
    ORDER BY created_at DESC, id DESC LIMIT %(shown)s) AS r
UNION ALL
SELECT r.* FROM unnest(%(own_kinds)s::text[]) AS line (kind)
 CROSS JOIN LATERAL (
   SELECT {_COLUMNS} FROM ingestion_syncrun
    WHERE org_id = %(org)s AND NOT is_dry_run
      AND kind = line.kind AND connection_id IS NULL
    ORDER BY connection_id, created_at DESC, id DESC LIMIT %(shown)s) AS r
UNION ALL
SELECT {_COLUMNS} FROM ingestion_syncrun
 WHERE org_id = %(org)s AND state = 'running' AND NOT is_dry_run
"""  # noqa: S608  # only names of columns


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """What the page tells of one run; the columns of its row."""

    id: uuid.UUID
    job_id: uuid.UUID
    kind: str
    connection_id: uuid.UUID | None
    state: str
    created_at: dt.datetime
    run_after: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    raw_count: int
    new_count: int
    expected_count: int | None
    error_code: str
    user_message: str

    @property
    def is_open(self) -> bool:
        """Return whether it may still change."""
        return self.state in OPEN_STATES

    @property
    def is_held(self) -> bool:
        """Return whether it waits until somebody goes on with it."""
        return self.state == RunState.QUEUED and self.run_after >= HELD_UNTIL

    @property
    def duration_s(self) -> float | None:
        """Return how long it took from its first claim; None while it goes on."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max((self.finished_at - self.started_at).total_seconds(), 0)


def last_runs(lines: Collection[LineKey]) -> dict[LineKey, list[Run]]:
    """Return the last runs of each line, newest first, and any that is at work behind those.

    Rehearsals and pre-flights count for nothing here. One-off runs of the same kind and
    connection, such as those that people asked for, belong to the line.
    """
    of_connections = [key for key in lines if key[1] is not None]
    own = [key[0] for key in lines if key[1] is None]
    parameters: dict[str, Any] = {
        "org": current_org_id(),
        "kinds": [kind for kind, _ in of_connections],
        "connections": [connection_id for _, connection_id in of_connections],
        "own_kinds": own,
        "shown": SHOWN_RUNS,
    }
    found: dict[LineKey, dict[uuid.UUID, Run]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        for row in cursor.fetchall():
            run = Run(*row)
            found[run.kind, run.connection_id][run.id] = run
    return {key: list(runs.values()) for key, runs in found.items()}
