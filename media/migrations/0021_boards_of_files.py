"""Which boards a file told of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("media", "0020_remover_where_there_is_one")]

    operations = [
        migrations.AddField(
            "board", "is_from_file", models.BooleanField(db_default=False, default=False)
        ),
    ]
