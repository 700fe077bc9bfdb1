"""A safety net below the stages of every organization: their standing jobs come due by themselves.

Whoever has set a schedule already keeps it.
"""

from django.db import migrations

from tenants.rls import WithForceLifted

# Six hours from now at the most, so that many organizations do not come due at once.
FIRST_DUE = "now() + random() * interval '6 hours'"
SCHEDULE = f"""
UPDATE ingestion_job SET interval_s = 21600, jitter_s = 3600, next_due_at = {FIRST_DUE}
 WHERE kind IN ('fetch', 'rendition') AND NOT is_one_off AND connection_id IS NULL
   AND interval_s IS NULL AND cron = ''
"""
# ``created_at`` is what intervals are counted from.
ADD = f"""
INSERT INTO ingestion_job (id, org_id, kind, name, params, state, is_one_off, created_at,
                           interval_s, cron, timezone, jitter_s, next_due_at, pause_reason)
SELECT gen_random_uuid(), o.id, stage, '', '{{}}', 'active', false, now(),
       21600, '', 'UTC', 3600, {FIRST_DUE}, ''
  FROM tenants_organization o CROSS JOIN unnest(ARRAY['fetch', 'rendition']) AS stage
ON CONFLICT DO NOTHING
"""
UNSCHEDULE = """
UPDATE ingestion_job SET interval_s = NULL, jitter_s = 0, next_due_at = NULL
 WHERE kind IN ('fetch', 'rendition') AND interval_s = 21600
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0012_last_runs")]

    operations = [
        WithForceLifted(
            "tenants_organization",
            "ingestion_job",
            operations=[
                migrations.RunSQL(SCHEDULE, UNSCHEDULE),
                migrations.RunSQL(ADD, migrations.RunSQL.noop),
            ],
        ),
    ]
