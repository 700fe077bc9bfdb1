"""When stored bytes were last compared with what is said of them."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0010_control_plane")]

    operations = [
        migrations.AddField(
            "blob",
            "checked_at",
            models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
    ]
