"""Steps remember where they go on, and the job over the pins comes to whoever has some."""

from django.db import migrations, models

from tenants.rls import WithForceLifted

# It runs when somebody asks.
ADD = """
INSERT INTO ingestion_job (id, org_id, kind, name, params, state, is_one_off, created_at,
                           cron, timezone, jitter_s, pause_reason)
SELECT gen_random_uuid(), c.org_id, 'pins', '', '{}', 'active', false, now(), '', 'UTC', 0, ''
  FROM connectors_connection c WHERE c.source = 'pinterest'
 GROUP BY c.org_id
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0001_initial"),
        ("ingestion", "0023_links_jobs"),
    ]

    operations = [
        migrations.AddField("runstep", "cursor", models.JSONField(null=True)),
        WithForceLifted(
            "connectors_connection",
            "ingestion_job",
            operations=[migrations.RunSQL(ADD, migrations.RunSQL.noop)],
        ),
    ]
