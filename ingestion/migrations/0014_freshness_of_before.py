"""Organizations that are there learn how fresh their data is, from the runs that they had.

States are of this moment; the next tick, which looks at each of these rows, is exact.
"""

from django.db import migrations

from tenants.rls import WithForceLifted

# How each job's last run ended, apart from the cancelled ones, and when the last one ended well.
RUNS = """
WITH ended AS (
  SELECT r.*, r.state IN ('succeeded', 'succeeded_with_warnings') AS is_good
    FROM ingestion_syncrun r
   WHERE NOT r.is_dry_run AND r.mode = 'normal'
     AND r.started_at IS NOT NULL AND r.finished_at IS NOT NULL AND r.state <> 'cancelled'
), good AS (
  SELECT org_id, kind, connection_id, max(started_at) AS as_of, max(finished_at) AS ended_at,
         max(finished_at) FILTER (WHERE new_count + updated_count > 0) AS changed_at
    FROM ended WHERE is_good GROUP BY org_id, kind, connection_id
), last AS (
  SELECT DISTINCT ON (org_id, kind, connection_id) *
    FROM ended ORDER BY org_id, kind, connection_id, finished_at DESC, id
), known AS (
  SELECT l.org_id, l.kind, l.connection_id, l.id AS run_id, l.finished_at AS tried_at, l.is_good,
         g.as_of, g.ended_at, g.changed_at,
         CASE WHEN l.is_good THEN '' ELSE l.failure_type END AS failure_type,
         CASE WHEN l.is_good THEN '' ELSE l.error_code END AS error_code,
         CASE WHEN l.is_good THEN '' ELSE l.user_message END AS user_message
    FROM last l LEFT JOIN good g
      ON g.org_id = l.org_id AND g.kind = l.kind
     AND g.connection_id IS NOT DISTINCT FROM l.connection_id
)
"""
INSERT = """
INSERT INTO ingestion_datasetstatus (
  id, org_id, connection_id, name, job_id, remind_every_s, as_of, last_success_at,
  last_attempt_at, last_changed_at, last_run_id, consecutive_failures, failure_type, error_code,
  user_message, warning_code, row_count, total_count, pending_count, failed_count, state, alert_at)
"""
# Of exports: as old as the last one, and to be reminded of after thirty days.
EXPORTS = f"""
{RUNS}{INSERT}
SELECT gen_random_uuid(), k.org_id, k.connection_id, 'saved_items', NULL, 2592000, k.as_of,
       k.ended_at, k.tried_at, k.changed_at, k.run_id, CASE WHEN k.is_good THEN 0 ELSE 1 END,
       k.failure_type, k.error_code, k.user_message, '',
       (SELECT count(*) FROM ingestion_assetorigin o
          JOIN media_asset a ON a.org_id = o.org_id AND a.id = o.asset_id
         WHERE o.org_id = k.org_id AND o.connection_id = k.connection_id
           AND a.removed_at IS NULL), 0, 0, 0,
       CASE WHEN k.failure_type = 'config_error' THEN 'action_required'
            WHEN k.as_of IS NULL THEN 'never_synced'
            WHEN k.as_of <= now() - interval '60 days' THEN 'stale'
            WHEN k.as_of <= now() - interval '30 days' THEN 'late'
            ELSE 'fresh' END, now()
  FROM known k
 WHERE k.kind = 'import' AND k.connection_id IS NOT NULL
ON CONFLICT DO NOTHING
"""  # of constants
# Of stages, whose units the tick counts. The nightly upkeep tells of its steps, not as a whole.
STANDING = f"""
{RUNS}{INSERT}
SELECT gen_random_uuid(), k.org_id, NULL, d.name,
       (SELECT j.id FROM ingestion_job j
         WHERE j.org_id = k.org_id AND j.kind = k.kind AND NOT j.is_one_off
           AND j.connection_id IS NULL),
       NULL, k.as_of, k.ended_at, k.tried_at, k.changed_at, k.run_id,
       CASE WHEN k.is_good THEN 0 ELSE 1 END, k.failure_type, k.error_code, k.user_message, '',
       0, 0, 0, 0,
       CASE WHEN k.failure_type = 'config_error' THEN 'action_required'
            WHEN k.as_of IS NULL THEN 'never_synced' ELSE 'fresh' END, now()
  FROM known k
  JOIN (VALUES ('fetch', 'pictures'), ('rendition', 'thumbnails')) AS d (kind, name)
    ON d.kind = k.kind
 WHERE k.connection_id IS NULL
ON CONFLICT DO NOTHING
"""  # of constants
# Else the checks would wait for the end of the transaction, and the table could not be altered.
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0013_stage_schedules"),
        ("media", "0010_control_plane"),
    ]

    operations = [
        WithForceLifted(
            "ingestion_datasetstatus",
            "ingestion_syncrun",
            "ingestion_job",
            "ingestion_assetorigin",
            "media_asset",
            operations=[
                # What was learnt meanwhile is worth more than nothing: it stays on the way back.
                migrations.RunSQL(
                    [EXPORTS, STANDING, CHECKED],
                    migrations.RunSQL.noop,
                )
            ],
        ),
    ]
