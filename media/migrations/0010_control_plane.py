"""Since when a unit of a stage is pending."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0009_put_off_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="stagestate",
            name="waiting_since",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
    ]
