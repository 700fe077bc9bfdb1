"""Which pictures people uploaded that were here from elsewhere."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0018_from_feeds")]

    operations = [
        migrations.AddField(
            "assetmedia", "is_uploaded", models.BooleanField(db_default=False, default=False)
        ),
    ]
