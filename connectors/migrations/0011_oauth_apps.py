"""Applications that operators registered at sources."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0010_connector_reviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="OAuthApp",
            fields=[
                ("connector", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("client_id", models.CharField(max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name": "OAuth application",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("client_id", ""), _negated=True),
                        name="connectors_oauthapp_has_id",
                    )
                ],
            },
        ),
    ]
