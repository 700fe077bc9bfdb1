"""Runs over single pictures: what each of them has still to do stands in the run's own records."""

from django.db import migrations, models

from tenants.migrating import Together
from tenants.rls import WithForceLifted

OUTCOMES = [
    ("queued", "Queued"),
    ("processing", "Processing"),
    ("new", "New"),
    ("updated", "Updated"),
    ("unchanged", "Unchanged"),
    ("skipped", "Skipped"),
    ("failed", "Failed"),
]


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0019_import_bytes")]

    operations = [
        Together(
            [
                migrations.AddField("job", "hidden_at", models.DateTimeField(null=True)),
                migrations.AddField("runitem", "payload", models.JSONField(null=True)),
                migrations.AlterField(
                    "runitem", "outcome", models.CharField(choices=OUTCOMES, max_length=10)
                ),
            ]
        ),
        migrations.RemoveConstraint("runitem", "ingestion_runitem_outcome_known"),
        WithForceLifted(
            "ingestion_runitem",
            operations=[
                migrations.AddConstraint(
                    "runitem",
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", [value for value, _ in OUTCOMES])),
                        name="ingestion_runitem_outcome_known",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            "runitem",
            models.Index(
                condition=models.Q(("outcome__in", ["queued", "processing"])),
                fields=["org", "run", "ordinal"],
                name="ingestion_runitem_unfinished",
            ),
        ),
    ]
