"""An index of who removed an asset, over those alone that somebody removed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("media", "0019_uploaded_again"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # By hand: Django would make the foreign key anew, which no organization's wall lets pass.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "asset",
                    "removed_by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        django.db.models.deletion.SET_NULL,
                        null=True,
                        related_name="+",
                        db_index=False,
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX media_asset_removed_by_id_8e47f10d",
                    "CREATE INDEX media_asset_removed_by_id_8e47f10d"
                    " ON media_asset (removed_by_id)",
                )
            ],
        ),
        migrations.AddIndex(
            "asset",
            models.Index(
                fields=["removed_by"],
                condition=models.Q(removed_by__isnull=False),
                name="media_asset_removed_by",
            ),
        ),
    ]
