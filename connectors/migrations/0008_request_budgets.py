"""What sources still allow; a table of the platform, of no organization."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0007_credentials_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="RequestBudget",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                (
                    "ends_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("spent", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "blocked_until",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("blocks", models.PositiveSmallIntegerField(db_default=0, default=0)),
            ],
        ),
    ]
