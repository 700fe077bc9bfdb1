"""Addresses that a run passed over are found again, so that no later run asks for them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0024_step_cursors")]

    operations = [
        migrations.AddIndex(
            "runitem",
            models.Index(
                condition=models.Q(("reason__in", ["same_bytes", "too_small"])),
                fields=["org", "source_ref"],
                name="ingestion_runitem_passed",
            ),
        ),
    ]
