"""Which pictures were found in a feed or a sitemap."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0017_link_previews_wall")]

    operations = [
        migrations.AddField(
            "assetmedia", "is_from_feed", models.BooleanField(db_default=False, default=False)
        ),
    ]
