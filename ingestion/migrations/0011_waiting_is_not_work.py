"""Runs over what failed in another; deadlines that count no waiting; cancellations that hold.

A run that waits its turn, for a worker, for its source or for a paused job, does not use up its
deadline. A worker that does not hear of a cancellation within a minute loses its run.
"""

from importlib import import_module

from django.db import migrations, models

from tenants.rls import EngineFunction

before = import_module("ingestion.migrations.0009_control_plane_walls")

DEADLINE_BEFORE = "coalesce(r.deadline_at, now() + make_interval(secs => r.deadline_s))"
DEADLINE = """coalesce(
             r.deadline_at + (now() - greatest(r.run_after, r.claimed_at)),
             now() + make_interval(secs => r.deadline_s))"""
CLAIM = before.CLAIM.replace(DEADLINE_BEFORE, DEADLINE)

# A run whose worker is gone or stuck waits its turn again; the third time in a row is the last.
# One that took too long ends, and so does one that somebody wants cancelled. Whoever still works
# it has lost its token. A row that a stopped worker holds is left for the next time.
LOSE = """
  WITH lost AS (
    SELECT r.id,
           CASE WHEN {gone} THEN 'worker_lost'
                WHEN r.cancel_requested_at IS NOT NULL THEN 'cancelled_by_user'
                WHEN r.deadline_at < now() THEN 'deadline_exceeded'
                ELSE 'stalled_no_progress' END AS code
      FROM ingestion_syncrun r
     WHERE r.state = 'running' AND ({gone}{stuck})
       FOR UPDATE SKIP LOCKED
  ), settled AS (
    SELECT l.id, l.code,
           CASE WHEN r.cancel_requested_at IS NOT NULL THEN 'cancelled'
                WHEN l.code = 'deadline_exceeded' THEN 'failed'
                WHEN r.lost_streak < 2 THEN 'retry_wait'
                WHEN l.code = 'worker_lost' THEN 'dead'
                ELSE 'failed' END AS state
      FROM lost l JOIN ingestion_syncrun r ON r.id = l.id
  )
  UPDATE ingestion_syncrun r
     SET state = s.state, lost_streak = r.lost_streak + 1, run_after = now(),
         finished_at = CASE WHEN s.state <> 'retry_wait' THEN now() END,
         failure_type = CASE WHEN s.state = 'cancelled' THEN '' ELSE 'system_error' END,
         error_code = CASE WHEN s.state = 'cancelled' THEN 'cancelled_by_user' ELSE s.code END,
         error_origin = CASE WHEN s.state = 'cancelled' THEN '' ELSE 'platform' END,
         -- While the worker was gone nothing was done that could have taken too long.
         deadline_at = CASE WHEN s.code = 'worker_lost'
                            THEN r.deadline_at + greatest(now() - r.lease_expires_at, '0')
                            ELSE r.deadline_at END,
         lease_token = NULL, lease_owner = '', lease_expires_at = NULL
    FROM settled s
   WHERE r.id = s.id AND r.state = 'running' AND ({gone}{stuck})
  RETURNING r.id, r.org_id, r.state::text, s.code::text
"""
STUCK = f"""
    {before.STUCK}
    OR r.cancel_requested_at + make_interval(secs => 60) < now()
"""

SIGNATURE = (
    "engine_claim(p_owner text, p_lease_s integer, p_max_lane integer, p_run uuid,"
    " p_cluster text, p_bulk_cap integer)"
)
EXPIRED = "r.lease_expires_at < now()"
GIVEN_BACK = "starts_with(r.lease_owner, p_owner_prefix)"


def claim(body: str) -> EngineFunction:
    return EngineFunction(SIGNATURE, returns=before.ROWS, body=body, language="plpgsql")


def sweep(lose: str, stuck: str) -> EngineFunction:
    body = lose.format(gone=EXPIRED, stuck=stuck)
    return EngineFunction("engine_sweep()", returns=before.LOST, body=body)


def release(lose: str) -> EngineFunction:
    body = lose.format(gone=GIVEN_BACK, stuck="")
    signature = "engine_release(p_owner_prefix text)"
    return EngineFunction(signature, returns=before.LOST, body=body)


def dropped(function: EngineFunction) -> migrations.RunSQL:
    """Drop what the next operation makes anew; backwards, make it as it was."""
    return migrations.RunSQL(function.reverse_sql or "", function.sql)


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0010_operator_reads"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="of_run_id",
            field=models.UUIDField(null=True),
        ),
        dropped(claim(before.CLAIM)),
        dropped(sweep(before.LOSE, before.STUCK)),
        dropped(release(before.LOSE)),
        claim(CLAIM),
        sweep(LOSE, STUCK),
        release(LOSE),
    ]
