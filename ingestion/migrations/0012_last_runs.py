"""The last runs of many lines at once, and what ended on each day, without reading all runs."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Runs are written all the time; building an index must not keep them waiting.
    atomic = False

    dependencies = [("ingestion", "0011_waiting_is_not_work")]

    operations = [
        # An attempt that was interrupted leaves an index that is there and never used.
        migrations.RunSQL(
            "DROP INDEX IF EXISTS ingestion_run_line; DROP INDEX IF EXISTS ingestion_run_ended",
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            "syncrun",
            models.Index(
                fields=["org", "kind", "connection_id", "-created_at", "-id"],
                condition=models.Q(is_dry_run=False),
                name="ingestion_run_line",
            ),
        ),
        AddIndexConcurrently(
            "syncrun",
            models.Index(
                fields=["org", "finished_at"],
                include=["started_at", "state", "raw_count"],
                condition=models.Q(is_dry_run=False, finished_at__isnull=False),
                name="ingestion_run_ended",
            ),
        ),
    ]
