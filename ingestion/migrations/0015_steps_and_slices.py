"""Steps may be skipped, runs know what their slice did, and pauses what they hide.

The nightly upkeep was one dataset, though each of its steps may fail for itself: what was known of
it as a whole says nothing of any, and goes. The next night tells of each.
"""

from django.db import migrations, models

from tenants.migrating import Together
from tenants.rls import WithForceLifted

FORGET_UPKEEP = """
DELETE FROM ingestion_datasetflip f USING ingestion_datasetstatus d
 WHERE d.id = f.dataset_id AND d.name = 'upkeep' AND d.connection_id IS NULL;
DELETE FROM ingestion_datasetstatus WHERE name = 'upkeep' AND connection_id IS NULL;
"""
# What is paused goes on from where its pause found it.
REMEMBER = """
UPDATE ingestion_datasetstatus d
   SET state_under_pause = before.old_state
  FROM (SELECT DISTINCT ON (dataset_id) dataset_id, old_state
          FROM ingestion_datasetflip WHERE new_state = 'paused'
         ORDER BY dataset_id, at DESC, id DESC) before
 WHERE before.dataset_id = d.id AND d.state = 'paused'
"""
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"
STATES = [
    ("fresh", "Up to date"),
    ("never_synced", "Never synced"),
    ("paused", "Paused"),
    ("late", "Late"),
    ("stale", "Out of date"),
    ("action_required", "Needs you"),
]


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0014_freshness_of_before")]

    operations = [
        Together(
            [
                migrations.AddField(
                    "datasetstatus",
                    "state_under_pause",
                    models.CharField(
                        blank=True, choices=STATES, db_default="", default="", max_length=16
                    ),
                ),
                migrations.AddField(
                    "syncrun",
                    "new_count_at_claim",
                    models.PositiveBigIntegerField(db_default=0, default=0),
                ),
                migrations.AddField(
                    "syncrun",
                    "failed_count_at_claim",
                    models.PositiveBigIntegerField(db_default=0, default=0),
                ),
                migrations.AlterField(
                    "runstep",
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
            ]
        ),
        migrations.RemoveConstraint("runstep", "ingestion_runstep_state_known"),
        WithForceLifted(
            "ingestion_runstep",
            "ingestion_datasetstatus",
            "ingestion_datasetflip",
            operations=[
                migrations.AddConstraint(
                    "runstep",
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["running", "succeeded", "failed", "skipped"])
                        ),
                        name="ingestion_runstep_state_known",
                    ),
                ),
                migrations.RunSQL([FORGET_UPKEEP, REMEMBER, CHECKED], migrations.RunSQL.noop),
            ],
        ),
    ]
