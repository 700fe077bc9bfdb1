"""Where a unit stood before people put it in line again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0012_blob_checked_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="stagestate",
            name="former",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
    ]
