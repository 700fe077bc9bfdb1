"""Whether anything on the page has changed: one statement, asked again and again."""

import dataclasses
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from ingestion.models.run import HELD_UNTIL
from tenants.scope import current_org_id

# Seconds until the page asks again: while something runs or is about to, and while it waits.
QUICK_S, SLOW_S = 2, 15

_SQL: Final = """
WITH open_runs AS (
  SELECT id, state, run_after, raw_count, progress_at, cancel_requested_at
    FROM ingestion_syncrun
   WHERE org_id = %(org)s AND state IN ('queued', 'retry_wait')
     AND run_after < %(held)s AND NOT is_dry_run
  UNION ALL
  SELECT id, state, run_after, raw_count, progress_at, cancel_requested_at
    FROM ingestion_syncrun
   WHERE org_id = %(org)s AND state = 'running' AND NOT is_dry_run
)
SELECT count(*) FILTER (WHERE state = 'running' OR run_after <= %(now)s),
       count(*),
       md5(concat_ws('|',
         string_agg(o::text, ',' ORDER BY id),
         (SELECT max(finished_at) FROM ingestion_syncrun
           WHERE org_id = %(org)s AND finished_at IS NOT NULL AND NOT is_dry_run),
         (SELECT string_agg(concat_ws(' ', id, state, interval_s, cron, timezone, next_due_at,
                                      paused_at, pause_reason), ',' ORDER BY id)
            FROM ingestion_job
           WHERE org_id = %(org)s AND NOT is_one_off AND state <> 'archived'),
         (SELECT concat_ws(' ', max(updated_at), count(*), sum(pending_count), sum(row_count),
                           max(state_since), max(muted_until), sum(remind_every_s))
            FROM ingestion_datasetstatus WHERE org_id = %(org)s),
         (SELECT concat_ws(' ', count(*), max(blocked_until))
            FROM connectors_connection WHERE org_id = %(org)s)))
  FROM open_runs o"""


@dataclasses.dataclass(frozen=True, slots=True)
class Pulse:
    """What goes on, and a word that differs once anything does.

    Attributes:
        busy: runs at work or due.
        waiting: runs that wait for their time.
    """

    busy: int
    waiting: int
    version: str

    @property
    def poll_s(self) -> int | None:
        """Return how soon to ask again; None once nothing can change by itself."""
        if self.busy:
            return QUICK_S
        return SLOW_S if self.waiting else None


def take_pulse() -> Pulse:
    """Return how the organization in scope is just now."""
    parameters: dict[str, Any] = {
        "org": current_org_id(),
        "now": timezone.now(),
        "held": HELD_UNTIL,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        busy, still_open, digest = cursor.fetchone()
    # With the count of what is due: a run that comes due changes what is shown, but no row.
    return Pulse(busy, still_open - busy, f"{busy}-{digest[:16]}")
