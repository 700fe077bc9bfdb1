"""Origins know since when their account could not show them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0029_pin_answers_wall"),
    ]

    operations = [
        migrations.AddField(
            model_name="assetorigin",
            name="unseen_since",
            field=models.DateTimeField(null=True),
        ),
    ]
