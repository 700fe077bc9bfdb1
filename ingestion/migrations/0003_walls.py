"""Row-level security of the engine's tables, and the functions that work across organizations."""

from django.db import migrations

from tenants.rls import EngineFunction, TenantTable

# Start-time fair queueing: who was away starts where the line stands, which is the latest
# start that was served, so that nobody saves up turns. One claim at a time: the lock is a
# statement of its own, so that the next one sees what the claim before has committed; without
# it claims trip over the unique indexes.
CLAIM = """
DECLARE
  chosen record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ingestion.claim'));
  SELECT due.id AS run, s.org_id AS org, s.weight INTO chosen
    FROM ingestion_orgschedule s
    CROSS JOIN LATERAL (
      SELECT r.id, r.lane
        FROM ingestion_syncrun r
       WHERE r.org_id = s.org_id AND r.state IN ('queued', 'retry_wait')
         AND r.run_after <= now() AND r.lane <= p_max_lane
         AND (p_run IS NULL OR r.id = p_run)
         AND NOT EXISTS (
           SELECT 1 FROM ingestion_syncrun w
            WHERE w.org_id = r.org_id AND w.state = 'running'
              AND (w.job_id = r.job_id
                OR (w.connection_id = r.connection_id AND NOT w.is_dry_run AND NOT r.is_dry_run)))
       ORDER BY r.lane, r.run_after, r.id
       LIMIT 1) due
   WHERE (SELECT count(*) FROM ingestion_syncrun w
           WHERE w.org_id = s.org_id AND w.state = 'running') < s.max_running
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
           claimed_at = now(), progress_at = now(), started_at = coalesce(r.started_at, now())
     WHERE r.id = chosen.run AND r.state IN ('queued', 'retry_wait')
    RETURNING r.id, r.org_id, r.lease_token;
END
"""

# A run whose worker is gone waits its turn again; the third loss in a row is the last.
LOSE = """
  UPDATE ingestion_syncrun r
     SET state = CASE WHEN r.lost_streak >= 2 THEN 'dead' ELSE 'retry_wait' END,
         lost_streak = r.lost_streak + 1, run_after = now(),
         finished_at = CASE WHEN r.lost_streak >= 2 THEN now() END,
         failure_type = 'system_error', error_code = 'worker_lost',
         lease_token = NULL, lease_owner = '', lease_expires_at = NULL
   WHERE r.state = 'running' AND {condition}
  RETURNING r.id, r.org_id, r.state::text
"""

ROWS = "TABLE (run_id uuid, org_id uuid, lease_token bigint)"
LOST = "TABLE (run_id uuid, org_id uuid, new_state text)"

SEQUENCE = """
CREATE SEQUENCE ingestion_lease_token AS bigint;
GRANT USAGE ON SEQUENCE ingestion_lease_token TO magpie_engine;
"""

FUNCTIONS = (
    EngineFunction(
        "engine_claim(p_owner text, p_lease_s integer, p_max_lane integer, p_run uuid)",
        returns=ROWS,
        body=CLAIM,
        language="plpgsql",
    ),
    EngineFunction(
        "engine_sweep()",
        returns=LOST,
        body=LOSE.format(condition="r.lease_expires_at < now()"),
    ),
    # The supervisor of a cluster that died gives back what its workers held.
    EngineFunction(
        "engine_release(p_owner_prefix text)",
        returns=LOST,
        body=LOSE.format(condition="starts_with(r.lease_owner, p_owner_prefix)"),
    ),
    EngineFunction(
        "engine_due_count()",
        returns="bigint",
        body="SELECT count(*) FROM ingestion_syncrun "
        "WHERE state IN ('queued', 'retry_wait') AND run_after <= now()",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0002_initial"),
        ("connectors", "0003_walls"),
        ("media", "0003_walls"),
    ]

    operations = [
        TenantTable("Job"),
        TenantTable("OrgSchedule", engine="SELECT, UPDATE"),
        TenantTable("SyncRun", engine="SELECT, UPDATE"),
        TenantTable("RunAttempt"),
        TenantTable("RunEvent"),
        TenantTable("RunItem"),
        TenantTable("AssetOrigin"),
        TenantTable("SourceCheckpoint"),
        TenantTable("ImportFile"),
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE ingestion_lease_token"),
        *FUNCTIONS,
    ]
