"""The walls of the new tables, and claims that know blocks, pauses, deadlines and fair shares."""

from importlib import import_module

from django.db import migrations

from tenants.rls import EngineFunction, TenantTable

before = import_module("ingestion.migrations.0003_walls")

# What the engine reads of other tables: whether a source or a person wants us to wait.
READ_BLOCKS = """
GRANT SELECT (id, org_id, blocked_until) ON connectors_connection TO magpie_engine;
CREATE POLICY engine ON connectors_connection FOR SELECT TO magpie_engine USING (true);
GRANT SELECT (id, org_id, alert_at) ON ingestion_datasetstatus TO magpie_engine;
CREATE POLICY engine ON ingestion_datasetstatus FOR SELECT TO magpie_engine USING (true);
GRANT SELECT (org_id, at, notified_at) ON ingestion_datasetflip TO magpie_engine;
CREATE POLICY engine ON ingestion_datasetflip FOR SELECT TO magpie_engine USING (true);
GRANT SELECT (org_id, user_id, created_at, mailed_at) ON ingestion_notification TO magpie_engine;
CREATE POLICY engine ON ingestion_notification FOR SELECT TO magpie_engine USING (true);
"""
READ_NO_BLOCKS = """
DROP POLICY engine ON ingestion_notification;
REVOKE SELECT (org_id, user_id, created_at, mailed_at) ON ingestion_notification
  FROM magpie_engine;
DROP POLICY engine ON ingestion_datasetflip;
REVOKE SELECT (org_id, at, notified_at) ON ingestion_datasetflip FROM magpie_engine;
DROP POLICY engine ON ingestion_datasetstatus;
REVOKE SELECT (id, org_id, alert_at) ON ingestion_datasetstatus FROM magpie_engine;
DROP POLICY engine ON connectors_connection;
REVOKE SELECT (id, org_id, blocked_until) ON connectors_connection FROM magpie_engine;
"""

# Whether the waiting run ``r`` may be claimed: nobody works its job or writes its connection,
# nobody paused the job, and the source did not ask us to wait.
MAY_BEGIN = """
    r.state IN ('queued', 'retry_wait') AND r.run_after <= now()
    AND NOT EXISTS (
      SELECT 1 FROM ingestion_syncrun w
       WHERE w.org_id = r.org_id AND w.state = 'running'
         AND (w.job_id = r.job_id
           OR (w.connection_id = r.connection_id AND NOT w.is_dry_run AND NOT r.is_dry_run)))
    AND NOT EXISTS (
      SELECT 1 FROM ingestion_job j WHERE j.id = r.job_id AND j.state = 'paused')
    AND NOT EXISTS (
      SELECT 1 FROM connectors_connection c
       WHERE c.id = r.connection_id AND c.blocked_until > now() AND NOT r.is_dry_run)
"""
HAS_ROOM = """
    (SELECT count(*) FROM ingestion_syncrun w
      WHERE w.org_id = s.org_id AND w.state = 'running') < s.max_running
"""

# Start-time fair queueing: who was away starts where the line stands, which is the latest
# start that was served, so that nobody saves up turns. One claim at a time: the lock is a
# statement of its own, so that the next one sees what the claim before has committed; without
# it claims trip over the unique indexes.
CLAIM = f"""
DECLARE
  chosen record;
  lowest integer := p_max_lane;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ingestion.claim'));
  -- Bulk work leaves the cluster a worker for what people wait for.
  IF p_bulk_cap IS NOT NULL AND p_bulk_cap <= (
       SELECT count(*) FROM ingestion_syncrun w
        WHERE w.state = 'running' AND w.lane > 0 AND starts_with(w.lease_owner, p_cluster)) THEN
    lowest := least(lowest, 0);
  END IF;
  SELECT due.id AS run, s.org_id AS org, s.weight INTO chosen
    FROM ingestion_orgschedule s
    CROSS JOIN LATERAL (
      SELECT r.id, r.lane
        FROM ingestion_syncrun r
       WHERE r.org_id = s.org_id AND r.lane <= lowest
         AND (p_run IS NULL OR r.id = p_run) AND {MAY_BEGIN}
       ORDER BY r.lane, r.run_after, r.id
       LIMIT 1) due
   WHERE {HAS_ROOM}
   ORDER BY due.lane, s.vtime, s.org_id
   LIMIT 1;
  IF chosen.run IS NULL THEN
    RETURN;
  END IF;
  UPDATE ingestion_orgschedule s
     SET vtime = greatest(s.vtime, (
           SELECT max(o.vtime - 1 / o.weight) FROM ingestion_orgschedule o
         )) + 1 / s.weight
   WHERE s.org_id = chosen.org;
  RETURN QUERY
    UPDATE ingestion_syncrun r
       SET state = 'running', attempt = r.attempt + 1, slices = r.slices + 1,
           lease_token = nextval('ingestion_lease_token'), lease_owner = p_owner,
           lease_expires_at = now() + make_interval(secs => p_lease_s),
           claimed_at = now(), progress_at = now(), started_at = coalesce(r.started_at, now()),
           deadline_at = coalesce(r.deadline_at, now() + make_interval(secs => r.deadline_s))
     WHERE r.id = chosen.run AND r.state IN ('queued', 'retry_wait')
    RETURNING r.id, r.org_id, r.lease_token;
END
"""

# A run whose worker is gone or stuck waits its turn again; the third time in a row is the last.
# One that took too long ends. Whoever still works it has lost its token. A row that somebody
# holds is left for the next time: a worker that was stopped within a transaction must not keep
# all others from recovering theirs.
LOSE = """
  WITH lost AS (
    SELECT r.id,
           CASE WHEN r.deadline_at < now() THEN 'deadline_exceeded'
                WHEN {gone} THEN 'worker_lost'
                ELSE 'stalled_no_progress' END AS code
      FROM ingestion_syncrun r
     WHERE r.state = 'running' AND ({gone}{stuck})
       FOR UPDATE SKIP LOCKED
  ), settled AS (
    SELECT l.id, l.code,
           CASE WHEN l.code = 'deadline_exceeded' THEN 'failed'
                WHEN r.lost_streak < 2 THEN 'retry_wait'
                WHEN l.code = 'worker_lost' THEN 'dead'
                ELSE 'failed' END AS state
      FROM lost l JOIN ingestion_syncrun r ON r.id = l.id
  )
  UPDATE ingestion_syncrun r
     SET state = s.state, lost_streak = r.lost_streak + 1, run_after = now(),
         finished_at = CASE WHEN s.state <> 'retry_wait' THEN now() END,
         failure_type = 'system_error', error_code = s.code, error_origin = 'platform',
         lease_token = NULL, lease_owner = '', lease_expires_at = NULL
    FROM settled s
   WHERE r.id = s.id AND r.state = 'running' AND ({gone}{stuck})
  RETURNING r.id, r.org_id, r.state::text, r.error_code::text
"""
STUCK = """
    OR r.deadline_at < now() OR r.progress_at + make_interval(secs => r.stall_s) < now()
"""

# Whether a worker that is at a run of ``p_org`` in ``p_lane`` had better let others have a turn.
IS_AWAITED = f"""
  SELECT EXISTS (
    SELECT 1 FROM ingestion_orgschedule s
     WHERE EXISTS (
         SELECT 1 FROM ingestion_syncrun r
          WHERE r.org_id = s.org_id AND {MAY_BEGIN}
            AND (r.lane < p_lane OR (r.lane = p_lane AND r.org_id <> p_org)))
       AND (s.org_id = p_org OR {HAS_ROOM}))
"""
DUE_COUNT = f"""
  SELECT count(*) FROM ingestion_syncrun r WHERE {MAY_BEGIN}
"""

DUE_ALERTS = """
  SELECT d.id, d.org_id FROM ingestion_datasetstatus d
   WHERE d.alert_at <= p_now ORDER BY d.alert_at, d.id LIMIT p_limit
"""
UNTOLD = """
  SELECT DISTINCT f.org_id FROM ingestion_datasetflip f WHERE f.notified_at IS NULL LIMIT p_limit
"""
UNSENT = """
  SELECT n.org_id, n.user_id FROM ingestion_notification n
   WHERE n.mailed_at IS NULL GROUP BY n.org_id, n.user_id
  HAVING min(n.created_at) <= p_before LIMIT p_limit
"""

ROWS = "TABLE (run_id uuid, org_id uuid, lease_token bigint)"
LOST = "TABLE (run_id uuid, org_id uuid, new_state text, code text)"


def dropped(function: EngineFunction) -> migrations.RunSQL:
    """Drop a function that the next operations make anew; backwards, make it as it was."""
    return migrations.RunSQL(function.reverse_sql or "", function.sql)


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0008_control_plane"),
        ("connectors", "0004_control_plane"),
    ]

    operations = [
        TenantTable("DatasetStatus"),
        TenantTable("DatasetFlip"),
        TenantTable("CheckpointHistory"),
        TenantTable("Notification"),
        TenantTable("NotificationChoice"),
        migrations.RunSQL(READ_BLOCKS, READ_NO_BLOCKS),
        *(dropped(function) for function in before.FUNCTIONS),
        EngineFunction(
            "engine_claim(p_owner text, p_lease_s integer, p_max_lane integer, p_run uuid,"
            " p_cluster text, p_bulk_cap integer)",
            returns=ROWS,
            body=CLAIM,
            language="plpgsql",
        ),
        EngineFunction(
            "engine_sweep()",
            returns=LOST,
            body=LOSE.format(gone="r.lease_expires_at < now()", stuck=STUCK),
        ),
        # The supervisor of a cluster that died gives back what its workers held.
        EngineFunction(
            "engine_release(p_owner_prefix text)",
            returns=LOST,
            body=LOSE.format(gone="starts_with(r.lease_owner, p_owner_prefix)", stuck=""),
        ),
        EngineFunction("engine_due_count()", returns="bigint", body=DUE_COUNT),
        EngineFunction(
            "engine_is_awaited(p_org uuid, p_lane integer)", returns="boolean", body=IS_AWAITED
        ),
        EngineFunction(
            "engine_due_alerts(p_now timestamptz, p_limit integer)",
            returns="TABLE (dataset_id uuid, org_id uuid)",
            body=DUE_ALERTS,
        ),
        EngineFunction(
            "engine_untold_orgs(p_limit integer)", returns="TABLE (org_id uuid)", body=UNTOLD
        ),
        EngineFunction(
            "engine_unsent_digests(p_before timestamptz, p_limit integer)",
            returns="TABLE (org_id uuid, user_id uuid)",
            body=UNSENT,
        ),
    ]
