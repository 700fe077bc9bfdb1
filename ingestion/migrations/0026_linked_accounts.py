"""What sweeps through accounts have seen."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.ids


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0009_linked_accounts"),
        ("ingestion", "0025_passed_over"),
        ("media", "0017_link_previews_wall"),
        ("tenants", "0008_data_keys_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sighting",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("generation", models.PositiveBigIntegerField()),
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
                    "board",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="media.board",
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connectors.connection",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sightings",
                        to="tenants.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "connection", "asset", "board", "generation"),
                        name="ingestion_sighting_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
