"""What the tick may see of jobs, the wall around steps, and a nightly job for everybody."""

from django.db import migrations

from tenants.rls import EngineFunction, TenantTable, WithForceLifted

# The tick asks which jobs are due, over all organizations.
READ_JOBS = """
GRANT SELECT (id, org_id, state, next_due_at) ON ingestion_job TO magpie_engine;
CREATE POLICY engine ON ingestion_job FOR SELECT TO magpie_engine USING (true);
"""
READ_NO_JOBS = """
DROP POLICY engine ON ingestion_job;
REVOKE SELECT (id, org_id, state, next_due_at) ON ingestion_job FROM magpie_engine;
"""
# Every organization has its nightly job; those of before are tidied up at the next tick.
ADD_UPKEEP = """
INSERT INTO ingestion_job (id, org_id, kind, params, state, is_one_off, created_at, cron, timezone,
                           jitter_s, next_due_at, pause_reason)
SELECT gen_random_uuid(), o.id, 'upkeep', '{}', 'active', false, now(), '0 1 * * *', 'UTC',
       14400, now(), ''
  FROM tenants_organization o
"""
DROP_UPKEEP = "DELETE FROM ingestion_job WHERE kind = 'upkeep'"
DUE_JOBS = """
SELECT j.id, j.org_id FROM ingestion_job j
 WHERE j.state = 'active' AND j.next_due_at <= p_now
 ORDER BY j.next_due_at, j.id
 LIMIT p_limit
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0006_schedules")]

    operations = [
        TenantTable("RunStep"),
        WithForceLifted(
            "tenants_organization",
            "ingestion_job",
            "ingestion_syncrun",
            operations=[migrations.RunSQL(ADD_UPKEEP, DROP_UPKEEP)],
        ),
        migrations.RunSQL(READ_JOBS, READ_NO_JOBS),
        EngineFunction(
            "engine_due_jobs(p_now timestamptz, p_limit integer)",
            returns="TABLE (job_id uuid, org_id uuid)",
            body=DUE_JOBS,
        ),
    ]
