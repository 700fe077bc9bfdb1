"""Operations over very many assets, worked in batches behind the request."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tenants.ids
from tenants.migrating import Together


class Migration(migrations.Migration):
    dependencies = [("media", "0004_filters_and_history"), ("tenants", "0002_walls")]

    operations = [
        Together(
            [
                migrations.AddField(
                    "operation", "total_count", models.PositiveIntegerField(default=0)
                ),
                migrations.AddField(
                    "operation", "done_count", models.PositiveIntegerField(default=0)
                ),
                migrations.AddField("operation", "cancelled_at", models.DateTimeField(null=True)),
            ]
        ),
        migrations.CreateModel(
            name="OperationBatch",
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
                ("number", models.PositiveIntegerField()),
                (
                    "asset_ids",
                    django.contrib.postgres.fields.ArrayField(models.UUIDField()),
                ),
                (
                    "operation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="media.operation",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="operation_batches",
                        to="tenants.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "operation", "number"), name="media_operationbatch_once"
                    )
                ],
            },
        ),
    ]
