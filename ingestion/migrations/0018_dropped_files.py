"""Imports of dropped files read them where they lie."""

from django.db import migrations, models

from tenants.migrating import Together


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0017_muted_by")]

    operations = [
        Together(
            [
                migrations.AlterField(
                    "importfile", "sha256", models.CharField(blank=True, max_length=64)
                ),
                migrations.AlterField(
                    "importfile", "storage_key", models.CharField(blank=True, max_length=1100)
                ),
                migrations.AddField(
                    "importfile",
                    "drop_version",
                    models.CharField(blank=True, db_default="", default="", max_length=100),
                ),
            ]
        ),
    ]
