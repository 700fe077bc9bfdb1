"""Units say what made their result: pictures are analysed anew where another engine is chosen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0014_single_pictures")]

    operations = [
        migrations.AddField(
            model_name="stagestate",
            name="made_with",
            field=models.CharField(blank=True, db_default="", default="", max_length=48),
        ),
    ]
