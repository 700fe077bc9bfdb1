"""Datasets and how fresh they are, limits of runs, notifications, and what operators watch."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import tenants.ids
from tenants.migrating import Together


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0004_control_plane"),
        ("ingestion", "0007_schedule_walls"),
        ("tenants", "0005_engine_reads_organizations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="CheckpointHistory",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("cursor", models.JSONField(null=True)),
                        ("sequence", models.PositiveBigIntegerField()),
                        ("run_id", models.UUIDField()),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="DatasetFlip",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "old_state",
                            models.CharField(
                                choices=[
                                    ("fresh", "Up to date"),
                                    ("never_synced", "Never synced"),
                                    ("paused", "Paused"),
                                    ("late", "Late"),
                                    ("stale", "Out of date"),
                                    ("action_required", "Needs you"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "new_state",
                            models.CharField(
                                choices=[
                                    ("fresh", "Up to date"),
                                    ("never_synced", "Never synced"),
                                    ("paused", "Paused"),
                                    ("late", "Late"),
                                    ("stale", "Out of date"),
                                    ("action_required", "Needs you"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("reason", models.CharField(max_length=40)),
                        ("run_id", models.UUIDField(null=True)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        ("notified_at", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="DatasetStatus",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("name", models.CharField(max_length=40)),
                        ("remind_every_s", models.PositiveIntegerField(null=True)),
                        ("grace_s", models.PositiveIntegerField(null=True)),
                        ("last_success_at", models.DateTimeField(null=True)),
                        ("as_of", models.DateTimeField(null=True)),
                        ("last_attempt_at", models.DateTimeField(null=True)),
                        ("last_changed_at", models.DateTimeField(null=True)),
                        ("last_run_id", models.UUIDField(null=True)),
                        ("consecutive_failures", models.PositiveIntegerField(default=0)),
                        ("failure_type", models.CharField(blank=True, default="", max_length=20)),
                        ("error_code", models.CharField(blank=True, default="", max_length=40)),
                        ("user_message", models.TextField(blank=True, default="")),
                        ("warning_code", models.CharField(blank=True, default="", max_length=40)),
                        ("row_count", models.PositiveBigIntegerField(default=0)),
                        ("total_count", models.PositiveBigIntegerField(default=0)),
                        ("pending_count", models.PositiveBigIntegerField(default=0)),
                        ("failed_count", models.PositiveBigIntegerField(default=0)),
                        ("oldest_pending_at", models.DateTimeField(null=True)),
                        ("counted_at", models.DateTimeField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("fresh", "Up to date"),
                                    ("never_synced", "Never synced"),
                                    ("paused", "Paused"),
                                    ("late", "Late"),
                                    ("stale", "Out of date"),
                                    ("action_required", "Needs you"),
                                ],
                                default="never_synced",
                                max_length=16,
                            ),
                        ),
                        (
                            "state_since",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        ("alert_at", models.DateTimeField(null=True)),
                        ("muted_until", models.DateTimeField(null=True)),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Notification",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("body", models.TextField(blank=True, default="")),
                        ("path", models.CharField(max_length=300)),
                        ("is_recovery", models.BooleanField(default=False)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("read_at", models.DateTimeField(null=True)),
                        ("mailed_at", models.DateTimeField(null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="NotificationChoice",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("in_app", models.BooleanField(default=True)),
                        ("by_email", models.BooleanField(default=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="PlatformStatus",
                    fields=[
                        (
                            "name",
                            models.CharField(max_length=40, primary_key=True, serialize=False),
                        ),
                        ("expected_every_s", models.PositiveIntegerField()),
                        ("last_success_at", models.DateTimeField(null=True)),
                        ("last_attempt_at", models.DateTimeField(null=True)),
                        ("consecutive_failures", models.PositiveIntegerField(default=0)),
                        ("error_code", models.CharField(blank=True, default="", max_length=40)),
                        ("changed_count", models.PositiveBigIntegerField(default=0)),
                        ("took_ms", models.PositiveIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="WorkerBeat",
                    fields=[
                        (
                            "owner",
                            models.CharField(max_length=120, primary_key=True, serialize=False),
                        ),
                        ("host", models.CharField(max_length=120)),
                        ("cluster", models.CharField(max_length=40)),
                        ("pid", models.PositiveIntegerField()),
                        ("workers", models.PositiveSmallIntegerField(default=1)),
                        (
                            "started_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "beat_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        ("is_draining", models.BooleanField(default=False)),
                    ],
                ),
            ]
        ),
        Together(
            [
                migrations.AddField(
                    model_name="job",
                    name="consecutive_failures",
                    field=models.PositiveIntegerField(db_default=0, default=0),
                ),
                migrations.AddField(
                    model_name="job",
                    name="last_success_at",
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name="job",
                    name="name",
                    field=models.CharField(blank=True, default="", max_length=120),
                ),
                migrations.AddField(
                    model_name="job",
                    name="warned_at",
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name="runattempt",
                    name="error_origin",
                    field=models.CharField(blank=True, db_default="", default="", max_length=10),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="deadline_at",
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="deadline_s",
                    field=models.PositiveIntegerField(db_default=86400, default=86400),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="error_origin",
                    field=models.CharField(blank=True, db_default="", default="", max_length=10),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="expected_count",
                    field=models.PositiveBigIntegerField(null=True),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="failure_count",
                    field=models.PositiveSmallIntegerField(db_default=0, default=0),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="mode",
                    field=models.CharField(
                        choices=[
                            ("normal", "What is new"),
                            ("missing", "What is missing"),
                            ("failed", "What failed"),
                            ("all", "All again"),
                            ("backfill", "A window of time"),
                            ("rewind", "From an earlier checkpoint"),
                        ],
                        db_default="normal",
                        default="normal",
                        max_length=10,
                    ),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="stall_s",
                    field=models.PositiveIntegerField(db_default=600, default=600),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="wait_streak",
                    field=models.PositiveSmallIntegerField(db_default=0, default=0),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="window_from",
                    field=models.DateTimeField(null=True),
                ),
                migrations.AddField(
                    model_name="syncrun",
                    name="window_to",
                    field=models.DateTimeField(null=True),
                ),
                migrations.AlterField(
                    model_name="syncrun",
                    name="max_attempts",
                    field=models.PositiveSmallIntegerField(default=6),
                ),
            ]
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("connection__isnull", False), ("is_one_off", False)),
                fields=("org", "connection", "kind"),
                name="ingestion_job_one_per_connection",
            ),
        ),
        Together(
            [
                migrations.AddField(
                    model_name="checkpointhistory",
                    name="checkpoint",
                    field=models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="history",
                        to="ingestion.sourcecheckpoint",
                    ),
                ),
                migrations.AddField(
                    model_name="checkpointhistory",
                    name="org",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checkpoint_history",
                        to="tenants.organization",
                    ),
                ),
                migrations.AddField(
                    model_name="datasetflip",
                    name="org",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dataset_flips",
                        to="tenants.organization",
                    ),
                ),
                migrations.AddField(
                    model_name="datasetstatus",
                    name="connection",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="datasets",
                        to="connectors.connection",
                    ),
                ),
                migrations.AddField(
                    model_name="datasetstatus",
                    name="job",
                    field=models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="datasets",
                        to="ingestion.job",
                    ),
                ),
                migrations.AddField(
                    model_name="datasetstatus",
                    name="org",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="datasets",
                        to="tenants.organization",
                    ),
                ),
                migrations.AddField(
                    model_name="datasetflip",
                    name="dataset",
                    field=models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="flips",
                        to="ingestion.datasetstatus",
                    ),
                ),
                migrations.AddField(
                    model_name="notification",
                    name="flip",
                    field=models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="ingestion.datasetflip",
                    ),
                ),
                migrations.AddField(
                    model_name="notification",
                    name="org",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="tenants.organization",
                    ),
                ),
                migrations.AddField(
                    model_name="notification",
                    name="user",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="notificationchoice",
                    name="org",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notification_choices",
                        to="tenants.organization",
                    ),
                ),
                migrations.AddField(
                    model_name="notificationchoice",
                    name="user",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ]
        ),
        Together(
            [
                migrations.AddConstraint(
                    model_name="checkpointhistory",
                    constraint=models.UniqueConstraint(
                        fields=("org", "checkpoint", "sequence"),
                        name="ingestion_checkpointhistory_once",
                    ),
                ),
                migrations.AddIndex(
                    model_name="datasetstatus",
                    index=models.Index(
                        condition=models.Q(("alert_at__isnull", False)),
                        fields=["alert_at"],
                        name="ingestion_dataset_alert",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="datasetstatus",
                    constraint=models.UniqueConstraint(
                        fields=("org", "connection", "name"),
                        name="ingestion_dataset_once",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="datasetstatus",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "fresh",
                                    "never_synced",
                                    "paused",
                                    "late",
                                    "stale",
                                    "action_required",
                                ],
                            )
                        ),
                        name="ingestion_dataset_state_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="datasetflip",
                    index=models.Index(fields=["org", "-at"], name="ingestion_flip_newest"),
                ),
                migrations.AddIndex(
                    model_name="datasetflip",
                    index=models.Index(
                        condition=models.Q(("notified_at", None)),
                        fields=["org", "at"],
                        name="ingestion_flip_untold",
                    ),
                ),
                migrations.AddIndex(
                    model_name="notification",
                    index=models.Index(
                        fields=["org", "user", "-created_at", "-id"],
                        name="ingestion_notification_newest",
                    ),
                ),
                migrations.AddIndex(
                    model_name="notification",
                    index=models.Index(
                        condition=models.Q(("mailed_at", None)),
                        fields=["org", "user"],
                        name="ingestion_notification_unsent",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="notification",
                    constraint=models.UniqueConstraint(
                        fields=("org", "user", "flip"), name="ingestion_notification_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="notificationchoice",
                    constraint=models.UniqueConstraint(
                        fields=("org", "user"), name="ingestion_notificationchoice_once"
                    ),
                ),
            ]
        ),
    ]
