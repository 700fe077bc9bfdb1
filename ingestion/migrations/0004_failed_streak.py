from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0003_walls")]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="failed_streak",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
