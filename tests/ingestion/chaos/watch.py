"""The organization's runs as a bystander sees them, who can hold them up and let time pass."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

# Words are stored under a key of the organization's, so all imports are of the same one.
ORG = uuid.UUID("01a1fc00-0000-7000-8000-000000000001")
PATIENCE_S = 120.0

Connection = psycopg.Connection[tuple[Any, ...]]


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until it is so, looking often: moments in the work of milliseconds are caught."""
    ends_at = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < ends_at, f"Waited in vain: {what}."
        time.sleep(0.002)


class Watch:
    """A connection beside those of the workers."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._connection: Connection | None = None

    def state(self, kind: str) -> str:
        """Return the state of the run of ``kind``."""
        return str(self._value("SELECT state FROM ingestion_syncrun WHERE kind = %s", kind))

    def is_held_by(self, worker: int, kind: str) -> bool:
        """Tell whether the run of ``kind`` is in the hands of ``worker``, dead or alive."""
        return bool(
            self._value(
                "SELECT count(*) FROM ingestion_syncrun"
                " WHERE kind = %s AND state = 'running' AND lease_owner LIKE %s",
                kind,
                f"%:{worker}",
            )
        )

    def may_break_off(self, worker: int, kind: str) -> bool:
        """Tell whether ``worker`` holds the run, and the product would go on without it.

        The third loss in a row ends a run for good, and so do as many failures in a row as it
        may have; a page or batch that is written begins both rows anew.
        """
        return self.is_held_by(worker, kind) and bool(
            self._value(
                "SELECT lost_streak < 2"
                " AND (failed_streak < max_attempts - 1 OR progress_at <> claimed_at)"
                " FROM ingestion_syncrun WHERE kind = %s",
                kind,
            )
        )

    def sees_open_transaction(self) -> bool:
        """Tell whether a worker is in the midst of a transaction that has written something."""
        return bool(
            self._value(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND backend_type = 'client backend'"
                " AND backend_xid IS NOT NULL AND application_name <> 'bystander'"
            )
        )

    def times_broken_off(self, kind: str) -> int:
        """Return how often the engine has noted that the work on the run broke off."""
        return int(
            self._value(
                "SELECT count(*) FROM ingestion_runevent e JOIN ingestion_syncrun r"
                " ON r.org_id = e.org_id AND r.id = e.run_id WHERE r.kind = %s"
                " AND (e.name = 'rescued' OR e.name = 'retry_scheduled'"
                "      AND e.detail ->> 'code' = 'db_unavailable')",
                kind,
            )
        )

    def let_time_pass(self) -> None:
        """Let the time be over that leases of the dead and next tries wait for.

        Nothing else is changed: how often in a row the work broke off counts, as it does for
        everybody.
        """
        self._connected().execute(
            "UPDATE ingestion_syncrun SET run_after = least(run_after, now()),"
            " lease_expires_at = CASE WHEN state = 'running' THEN now() - interval '1 s' END"
            " WHERE state IN ('running', 'queued', 'retry_wait')"
        )

    @contextmanager
    def hold_up_import(self, *, after: int) -> Iterator[None]:
        """Let a worker write no page that has the record ``after`` those that are written.

        Its line in the ledger is taken by a transaction that does not end. A worker that comes
        so far waits there, within its own, and so no kill ever comes too late.
        """
        holder = self._connect()
        try:
            holder.execute("BEGIN")
            holder.execute(
                "INSERT INTO ingestion_runitem (id, org_id, run_id, ordinal, outcome, reason,"
                " source_ref, detail, excerpt)"
                " SELECT gen_random_uuid(), org_id, id, raw_count + %s, 'new', '', '', '', ''"
                " FROM ingestion_syncrun WHERE kind = 'import'",
                [after],
            )
            yield
        finally:
            holder.close()

    def close(self) -> None:
        """Hang up; the next question comes by a new connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _value(self, query: str, *arguments: str) -> Any:
        row = self._connected().execute(query.encode(), arguments).fetchone()
        assert row is not None
        return row[0]

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        connection = psycopg.connect(self._url(), autocommit=True, application_name="bystander")
        connection.execute("SELECT set_config('app.org', %s, false)", [str(ORG)])
        return connection
