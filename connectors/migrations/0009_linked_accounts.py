"""Connections name what reads their account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0008_request_budgets"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="connector",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
