"""What chips are counted by: one text of an asset's columns, and labels beside its words."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models.functions import Coalesce

from tenants.rls import WithForceLifted

FILL = """
UPDATE media_searchdocument d
   SET board_ids = coalesce(b.ids, '{}'), tag_ids = coalesce(t.ids, '{}')
  FROM media_asset a
  LEFT JOIN (SELECT i.asset_id, array_agg(i.board_id ORDER BY i.board_id) AS ids
               FROM media_boarditem i JOIN media_board b ON b.id = i.board_id
              WHERE i.is_member AND b.removed_at IS NULL GROUP BY i.asset_id) b
    ON b.asset_id = a.id
  LEFT JOIN (SELECT asset_id, array_agg(DISTINCT tag_id) AS ids
               FROM media_assettag WHERE NOT is_rejected GROUP BY asset_id) t
    ON t.asset_id = a.id
 WHERE a.id = d.asset_id
"""
TABLES = (
    "media_searchdocument",
    "media_asset",
    "media_boarditem",
    "media_board",
    "media_assettag",
)


class Migration(migrations.Migration):
    dependencies = [("media", "0006_operation_batches_wall")]

    operations = [
        migrations.RemoveIndex("asset", "media_asset_saved"),
        migrations.AddField(
            "asset",
            "facet_cell",
            models.GeneratedField(
                expression=models.Func(
                    "source",
                    "color_name",
                    "media_status",
                    models.Func(
                        "stored_count",
                        template="CASE WHEN %(expressions)s > 0 THEN 'with' ELSE 'without' END",
                    ),
                    models.Func(
                        Coalesce("saved_at", "imported_at"),
                        template="extract(year FROM %(expressions)s AT TIME ZONE 'UTC')::text",
                    ),
                    template="(%(expressions)s)",
                    arg_joiner=" || '|' || ",
                ),
                output_field=models.TextField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            "asset",
            models.Index(
                fields=["org", "-sorted_at", "-id"],
                include=[
                    "source",
                    "color_name",
                    "media_status",
                    "stored_count",
                    "kind",
                    "facet_cell",
                ],
                condition=models.Q(removed_at=None),
                name="media_asset_saved",
            ),
        ),
        migrations.AddField(
            "searchdocument", "board_ids", ArrayField(models.UUIDField(), default=list)
        ),
        migrations.AddField(
            "searchdocument", "tag_ids", ArrayField(models.UUIDField(), default=list)
        ),
        WithForceLifted(*TABLES, operations=[migrations.RunSQL(FILL, migrations.RunSQL.noop)]),
    ]
