"""Data keys of organizations and of the platform."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import tenants.ids


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0006_token_scopes"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlatformKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField(editable=False)),
                ("wrapped", models.BinaryField()),
                ("wrapped_by", models.CharField(max_length=200)),
                ("made_under", models.CharField(editable=False, max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version",), name="tenants_platformkey_version_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DataKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField(editable=False)),
                ("wrapped", models.BinaryField()),
                ("wrapped_by", models.CharField(max_length=200)),
                ("made_under", models.CharField(editable=False, max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="data_keys",
                        to="tenants.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "version"), name="tenants_datakey_version_once"
                    )
                ],
            },
        ),
    ]
