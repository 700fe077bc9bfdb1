"""Jobs that come due by themselves, and why a run was queued."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import tenants.ids
from tenants.migrating import Together
from tenants.rls import WithForceLifted


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0005_change_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.AlterField("job", "kind", models.CharField(max_length=24)),
                migrations.AddField("job", "interval_s", models.PositiveIntegerField(null=True)),
                migrations.AddField(
                    "job", "cron", models.CharField(blank=True, default="", max_length=120)
                ),
                migrations.AddField(
                    "job", "timezone", models.CharField(default="UTC", max_length=64)
                ),
                migrations.AddField("job", "jitter_s", models.PositiveIntegerField(default=0)),
                migrations.AddField("job", "next_due_at", models.DateTimeField(null=True)),
                migrations.AddField("job", "paused_at", models.DateTimeField(null=True)),
                migrations.AddField(
                    "job",
                    "paused_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    "job", "pause_reason", models.CharField(blank=True, default="", max_length=200)
                ),
                migrations.AddField(
                    "syncrun",
                    "trigger",
                    models.CharField(
                        choices=[
                            ("person", "A person"),
                            ("api", "The API"),
                            ("schedule", "Its schedule"),
                            ("work", "New work"),
                        ],
                        default="work",
                        max_length=12,
                    ),
                ),
                migrations.AlterField(
                    "syncrun", "phase", models.CharField(blank=True, default="", max_length=32)
                ),
            ]
        ),
        migrations.AddIndex(
            "job",
            models.Index(
                condition=models.Q(("next_due_at__isnull", False), ("state", "active")),
                fields=["next_due_at"],
                name="ingestion_job_due",
            ),
        ),
        WithForceLifted(
            "ingestion_job",
            "ingestion_syncrun",
            operations=[
                migrations.AddConstraint(
                    "job",
                    models.CheckConstraint(
                        condition=models.Q(("interval_s", None), ("cron", ""), _connector="OR"),
                        name="ingestion_job_one_cadence",
                    ),
                ),
                migrations.AddConstraint(
                    "job",
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "paused"), ("paused_at", None), _connector="XOR"
                        ),
                        name="ingestion_job_paused_since",
                    ),
                ),
                migrations.AddConstraint(
                    "syncrun",
                    models.CheckConstraint(
                        condition=models.Q(("trigger__in", ["person", "api", "schedule", "work"])),
                        name="ingestion_run_trigger_known",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RunStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=32)),
                ("dataset", models.CharField(blank=True, default="", max_length=40)),
                ("is_optional", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("changed_count", models.PositiveBigIntegerField(default=0)),
                ("failure_type", models.CharField(blank=True, default="", max_length=20)),
                ("error_code", models.CharField(blank=True, default="", max_length=40)),
                ("user_message", models.TextField(blank=True, default="")),
                ("internal_message", models.TextField(blank=True, default="")),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="run_steps",
                        to="tenants.organization",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="ingestion.syncrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "run", "position"), name="ingestion_runstep_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["running", "succeeded", "failed"])),
                        name="ingestion_runstep_state_known",
                    ),
                ],
            },
        ),
    ]
