"""The stage of the links gets its standing job in organizations that are there.

Its first run finds the links of what was imported before.
"""

from django.db import migrations

from tenants.rls import WithForceLifted

# ``created_at`` is what intervals are counted from; not all come due at once.
ADD = """
INSERT INTO ingestion_job (id, org_id, kind, name, params, state, is_one_off, created_at,
                           interval_s, cron, timezone, jitter_s, next_due_at, pause_reason)
SELECT gen_random_uuid(), o.id, 'links', '', '{}', 'active', false, now(),
       21600, '', 'UTC', 3600, now() + random() * interval '6 hours', ''
  FROM tenants_organization o
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0022_faces_jobs")]

    operations = [
        WithForceLifted(
            "tenants_organization",
            "ingestion_job",
            operations=[migrations.RunSQL(ADD, migrations.RunSQL.noop)],
        ),
    ]
