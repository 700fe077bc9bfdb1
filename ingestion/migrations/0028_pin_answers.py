"""What was answered about pins."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import tenants.ids


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0027_linked_accounts_wall"),
        ("media", "0019_uploaded_again"),
        ("tenants", "0008_data_keys_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="PinAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=40)),
                ("content_hash", models.BinaryField(max_length=16, null=True)),
                ("run_id", models.UUIDField()),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("ask_again_at", models.DateTimeField()),
                (
                    "asset",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="media.asset",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pin_answers",
                        to="tenants.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "asset"), name="ingestion_pinanswer_once"
                    )
                ],
            },
        ),
    ]
