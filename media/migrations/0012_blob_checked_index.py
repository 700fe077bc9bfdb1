"""Which bytes nobody has looked at for longest."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Bytes are stored all the time; building an index must not keep them waiting.
    atomic = False

    dependencies = [("media", "0011_blob_checked_at")]

    operations = [
        # An attempt that was interrupted leaves an index that is there and never used.
        migrations.RunSQL("DROP INDEX IF EXISTS media_blob_checked", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "blob", models.Index(fields=["org", "checked_at", "id"], name="media_blob_checked")
        ),
    ]
