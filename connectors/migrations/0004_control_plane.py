"""Until when a source asked us to wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0003_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="block_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField(
            model_name="connection",
            name="blocked_until",
            field=models.DateTimeField(null=True),
        ),
    ]
