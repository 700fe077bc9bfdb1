"""Operations whose work ended for good before its end."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0007_labels")]

    operations = [
        migrations.AddField("operation", "failed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "operation",
            "error_code",
            models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
