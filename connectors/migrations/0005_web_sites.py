"""Rules and turns of web sites; a table of the platform, of no organization."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0004_control_plane"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebSite",
            fields=[
                ("site", models.CharField(max_length=300, primary_key=True, serialize=False)),
                (
                    "next_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("holder", models.UUIDField(null=True)),
                ("robots", models.TextField(blank=True, db_default="", default="")),
                ("robots_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
