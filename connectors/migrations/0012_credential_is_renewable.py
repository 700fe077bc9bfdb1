"""Whether tokens are had anew without a person; all that is stored so far came with such a token."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0011_oauth_apps"),
    ]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="is_renewable",
            field=models.BooleanField(db_default=True),
        ),
    ]
