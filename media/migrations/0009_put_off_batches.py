"""How often the work on a batch was put off because it failed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0008_failed_operations")]

    operations = [
        migrations.AddField(
            "operationbatch",
            "put_off_count",
            models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
