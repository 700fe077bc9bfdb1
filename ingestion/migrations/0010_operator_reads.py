"""What operators ask across organizations: keys, states and counts, never content."""

from django.db import migrations, models

from tenants.rls import EngineFunction

READ = """
GRANT SELECT (name, state, state_since, as_of) ON ingestion_datasetstatus TO magpie_engine;
GRANT SELECT (org_id, stage, status, waiting_since) ON media_stagestate TO magpie_engine;
CREATE POLICY engine ON media_stagestate FOR SELECT TO magpie_engine USING (true);
GRANT SELECT (size_bytes) ON media_blob TO magpie_engine;
CREATE POLICY engine ON media_blob FOR SELECT TO magpie_engine USING (true);
GRANT SELECT (size_bytes) ON media_rendition TO magpie_engine;
CREATE POLICY engine ON media_rendition FOR SELECT TO magpie_engine USING (true);
"""
READ_NO_MORE = """
DROP POLICY engine ON media_rendition;
REVOKE SELECT (size_bytes) ON media_rendition FROM magpie_engine;
DROP POLICY engine ON media_blob;
REVOKE SELECT (size_bytes) ON media_blob FROM magpie_engine;
DROP POLICY engine ON media_stagestate;
REVOKE SELECT (org_id, stage, status, waiting_since) ON media_stagestate FROM magpie_engine;
REVOKE SELECT (name, state, state_since, as_of) ON ingestion_datasetstatus FROM magpie_engine;
"""

# What somebody stopped on the command line waits for that person, not for a worker.
HELD = "r.state = 'queued' AND r.run_after >= '9999-01-01'"
# Whether a worker may begin the waiting run ``r``, as in ``engine_claim``.
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
LINE = f"""
  SELECT CASE WHEN {HELD} THEN 'held' ELSE r.state END::text, count(*),
         count(*) FILTER (WHERE {MAY_BEGIN}), min(r.run_after) FILTER (WHERE {MAY_BEGIN})
    FROM ingestion_syncrun r
   WHERE r.state IN ('queued', 'retry_wait', 'running')
   GROUP BY 1
"""
LEASES = """
  SELECT r.id, o.slug::text, r.kind::text, r.lane::integer, r.lease_owner::text, r.claimed_at,
         r.progress_at, r.lease_expires_at, r.deadline_at
    FROM ingestion_syncrun r JOIN tenants_organization o ON o.id = r.org_id
   WHERE r.state = 'running'
   ORDER BY r.claimed_at, r.id LIMIT p_limit
"""
BACKLOG = f"""
  WITH line AS (
    SELECT r.org_id, count(*) FILTER (WHERE r.state = 'queued' AND NOT ({HELD})) AS queued,
           count(*) FILTER (WHERE r.state = 'retry_wait') AS retry_wait,
           count(*) FILTER (WHERE r.state = 'running') AS running
      FROM ingestion_syncrun r
     WHERE r.state IN ('queued', 'retry_wait', 'running')
     GROUP BY r.org_id
  ), units AS (
    SELECT s.org_id, count(*) AS pending FROM media_stagestate s
     WHERE s.status = 'pending' GROUP BY s.org_id
  )
  SELECT o.id, o.slug::text, coalesce(l.queued, 0), coalesce(l.retry_wait, 0),
         coalesce(l.running, 0), coalesce(u.pending, 0)
    FROM line l FULL JOIN units u ON u.org_id = l.org_id
    JOIN tenants_organization o ON o.id = coalesce(l.org_id, u.org_id)
   ORDER BY coalesce(l.queued, 0) + coalesce(l.retry_wait, 0) + coalesce(l.running, 0)
              + coalesce(u.pending, 0) DESC, o.slug
   LIMIT p_limit
"""
OUTCOMES = """
  SELECT r.state::text, r.error_code::text, count(*) FROM ingestion_syncrun r
   WHERE r.finished_at >= p_since GROUP BY 1, 2
"""
ENDED_BADLY = """
  SELECT r.id, o.slug::text, r.kind::text, r.state::text, r.error_code::text, r.finished_at
    FROM ingestion_syncrun r JOIN tenants_organization o ON o.id = r.org_id
   WHERE r.finished_at >= p_since AND r.state IN ('failed', 'action_required', 'dead')
   ORDER BY r.finished_at DESC, r.id LIMIT p_limit
"""
HALTS = """
  SELECT (SELECT count(*) FROM ingestion_job WHERE state = 'paused'),
         (SELECT count(*) FROM connectors_connection WHERE blocked_until > now()),
         (SELECT count(*) FROM ingestion_job WHERE state = 'active' AND next_due_at <= now()),
         (SELECT min(next_due_at) FROM ingestion_job
           WHERE state = 'active' AND next_due_at <= now())
"""
# Two scans of two small indexes; what is done, which is nearly all, is not read.
STAGE_BACKLOG = """
  SELECT s.stage::text, s.status::text, count(*), min(s.waiting_since) FROM media_stagestate s
   WHERE s.status = 'pending' GROUP BY 1, 2
  UNION ALL
  SELECT s.stage::text, s.status::text, count(*), NULL FROM media_stagestate s
   WHERE s.status = 'failed' GROUP BY 1, 2
"""
STAGE_COVERAGE = """
  SELECT s.stage::text, s.status::text, count(*) FROM media_stagestate s GROUP BY 1, 2
"""
DATASETS = """
  SELECT d.name::text, d.state::text, count(*) FROM ingestion_datasetstatus d GROUP BY 1, 2
"""
OLD_DATASETS = """
  SELECT o.slug::text, d.name::text, d.state::text, d.as_of, d.state_since
    FROM ingestion_datasetstatus d JOIN tenants_organization o ON o.id = d.org_id
   WHERE d.state IN ('late', 'stale', 'action_required')
   ORDER BY array_position(ARRAY['action_required', 'stale', 'late'], d.state::text),
            d.as_of NULLS FIRST, d.id
   LIMIT p_limit
"""
# A sum as long as that is quick; of more rows the average of a sample, times their number.
STORED = """
DECLARE
  at_table text;
  rows_total double precision;
  part numeric;
BEGIN
  bytes := 0;
  is_estimate := false;
  FOREACH at_table IN ARRAY ARRAY['media_blob', 'media_rendition'] LOOP
    SELECT reltuples INTO rows_total FROM pg_class WHERE oid = at_table::regclass;
    IF rows_total > 200000 THEN
      EXECUTE format('SELECT avg(size_bytes) FROM %I TABLESAMPLE SYSTEM (%s)',
                     at_table, round((2000000 / rows_total)::numeric, 4)) INTO part;
      part := part * rows_total::numeric;
      is_estimate := true;
    ELSE
      EXECUTE format('SELECT sum(size_bytes) FROM %I', at_table) INTO part;
    END IF;
    bytes := bytes + coalesce(part, 0)::bigint;
  END LOOP;
  RETURN NEXT;
END
"""

RUN = "run_id uuid, org_slug text, kind text"


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0009_control_plane_walls"),
        ("media", "0010_control_plane"),
        ("tenants", "0005_engine_reads_organizations"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="syncrun",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)),
                fields=["finished_at"],
                name="ingestion_run_finished",
            ),
        ),
        migrations.RunSQL(READ, READ_NO_MORE),
        EngineFunction(
            "engine_line()",
            returns="TABLE (state text, runs bigint, due bigint, oldest_due_at timestamptz)",
            body=LINE,
        ),
        EngineFunction(
            "engine_leases(p_limit integer)",
            returns=f"TABLE ({RUN}, lane integer, owner text, claimed_at timestamptz,"
            " progress_at timestamptz, expires_at timestamptz, deadline_at timestamptz)",
            body=LEASES,
        ),
        EngineFunction(
            "engine_backlog(p_limit integer)",
            returns="TABLE (org_id uuid, org_slug text, queued bigint, retry_wait bigint,"
            " running bigint, pending bigint)",
            body=BACKLOG,
        ),
        EngineFunction(
            "engine_outcomes(p_since timestamptz)",
            returns="TABLE (state text, error_code text, runs bigint)",
            body=OUTCOMES,
        ),
        EngineFunction(
            "engine_ended_badly(p_since timestamptz, p_limit integer)",
            returns=f"TABLE ({RUN}, state text, error_code text, finished_at timestamptz)",
            body=ENDED_BADLY,
        ),
        EngineFunction(
            "engine_halts()",
            returns="TABLE (paused_jobs bigint, blocked_connections bigint, due_jobs bigint,"
            " oldest_due_job_at timestamptz)",
            body=HALTS,
        ),
        EngineFunction(
            "engine_stage_backlog()",
            returns="TABLE (stage text, status text, units bigint, oldest_at timestamptz)",
            body=STAGE_BACKLOG,
        ),
        EngineFunction(
            "engine_stage_coverage()",
            returns="TABLE (stage text, status text, units bigint)",
            body=STAGE_COVERAGE,
        ),
        EngineFunction(
            "engine_datasets()",
            returns="TABLE (name text, state text, datasets bigint)",
            body=DATASETS,
        ),
        EngineFunction(
            "engine_old_datasets(p_limit integer)",
            returns="TABLE (org_slug text, name text, state text, as_of timestamptz,"
            " since timestamptz)",
            body=OLD_DATASETS,
        ),
        EngineFunction(
            "engine_stored_bytes()",
            returns="TABLE (bytes bigint, is_estimate boolean)",
            body=STORED,
            language="plpgsql",
        ),
    ]
