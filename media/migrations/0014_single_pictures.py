"""Whether the library has a picture already is asked by the picture's key."""

from django.contrib.postgres.indexes import HashIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("media", "0013_stage_former_status")]

    operations = [
        migrations.AddIndex("assetmedia", HashIndex(fields=["key"], name="media_assetmedia_key")),
    ]
