"""Jobs that change the library behind a request."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0004_failed_streak")]

    operations = [
        migrations.AlterField(
            "job",
            "kind",
            models.CharField(
                choices=[
                    ("import", "Import"),
                    ("fetch", "Fetch pictures"),
                    ("rendition", "Make thumbnails"),
                    ("change", "Change the library"),
                ],
                max_length=24,
            ),
        ),
    ]
