"""Orders and filters of the library, places on boards, and undoing as an operation of its own."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Cast, Coalesce, Left, Lower, NullIf

from tenants.migrating import Together

KINDS = [
    ("edit_text", "Edited text"),
    ("tag_add", "Added tags"),
    ("tag_remove", "Removed tags"),
    ("board_add", "Added to a board"),
    ("board_remove", "Removed from a board"),
    ("board_reorder", "Arranged a board"),
    ("board_create", "Made a board"),
    ("board_rename", "Renamed a board"),
    ("board_delete", "Removed a board"),
    ("trash", "Moved to the trash"),
    ("restore", "Restored"),
    ("undo", "Undid"),
]
TARGETS = [
    ("text", "Texts of assets"),
    ("trash", "Presence of assets"),
    ("tags", "Tags on assets"),
    ("places", "Assets on boards"),
    ("boards", "Boards"),
]
# The table is as new as the column, so there is nothing to check.
UNDOES = """
ALTER TABLE media_operation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE media_operation ADD CONSTRAINT media_operation_undoes_id_org_fk
  FOREIGN KEY (org_id, undoes_id) REFERENCES media_operation (org_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE media_operation FORCE ROW LEVEL SECURITY;
"""
NOT_UNDOES = "ALTER TABLE media_operation DROP CONSTRAINT media_operation_undoes_id_org_fk"


def title_order() -> Coalesce:
    """Return the title without case and accents; what has none sorts last."""
    shown = Coalesce(NullIf("own_title", models.Value("")), "source_title")
    parts = models.Func(Lower(Left(shown, 80)), template="normalize(%(expressions)s, NFKD)")
    plain = models.Func(
        parts,
        models.Value(r"[\u0300-\u036f]"),
        models.Value(""),
        models.Value("g"),
        function="regexp_replace",
    )
    return Coalesce(NullIf(plain, models.Value("")), models.Value("\U0010ffff"))


class Migration(migrations.Migration):
    dependencies = [("media", "0003_walls"), ("tenants", "0002_walls")]

    operations = [
        Together(
            [
                migrations.RemoveIndex("asset", "media_asset_newest"),
                migrations.RemoveIndex("asset", "media_asset_trash"),
                migrations.RemoveIndex("boarditem", "media_boarditem_members"),
            ]
        ),
        Together(
            [
                migrations.AddField(
                    "asset",
                    "title_order",
                    models.GeneratedField(
                        expression=title_order(), output_field=models.TextField(), db_persist=True
                    ),
                ),
                migrations.AddField("boarditem", "own_place", models.BigIntegerField(null=True)),
                migrations.AddField(
                    "boarditem",
                    "place",
                    models.GeneratedField(
                        expression=Coalesce(
                            "own_place",
                            Cast("position", models.BigIntegerField()) * 65_536,
                            models.Value(2**62),
                        ),
                        output_field=models.BigIntegerField(),
                        db_persist=True,
                    ),
                ),
                migrations.AddField(
                    "operation", "kept_count", models.PositiveIntegerField(default=0)
                ),
                migrations.AddField(
                    "operation",
                    "target",
                    models.CharField(max_length=12, choices=TARGETS, default="text"),
                    preserve_default=False,
                ),
                migrations.AddField(
                    "operation",
                    "undoes",
                    models.ForeignKey(
                        "media.operation",
                        django.db.models.deletion.CASCADE,
                        null=True,
                        related_name="undos",
                        db_constraint=False,
                        db_index=False,
                    ),
                ),
                migrations.AlterField(
                    "operation", "kind", models.CharField(max_length=16, choices=KINDS)
                ),
                migrations.AddField("operationitem", "asset_id", models.UUIDField(null=True)),
                migrations.AlterField("operationitem", "before", models.JSONField(null=True)),
                migrations.AddField("operationitem", "after", models.JSONField(null=True)),
            ]
        ),
        Together(
            [
                migrations.AddIndex(
                    "asset",
                    models.Index(
                        fields=["org", "-sorted_at", "-id"],
                        include=["source", "color_name", "media_status", "stored_count", "kind"],
                        condition=models.Q(removed_at=None),
                        name="media_asset_saved",
                    ),
                ),
                migrations.AddIndex(
                    "asset",
                    models.Index(
                        fields=["org", "-imported_at", "-id"],
                        condition=models.Q(removed_at=None),
                        name="media_asset_imported",
                    ),
                ),
                migrations.AddIndex(
                    "asset",
                    models.Index(
                        fields=["org", "title_order", "id"],
                        condition=models.Q(removed_at=None),
                        name="media_asset_title",
                    ),
                ),
                migrations.AddIndex(
                    "asset",
                    models.Index(
                        fields=["org", "-removed_at", "-id"],
                        condition=models.Q(removed_at__isnull=False),
                        name="media_asset_removed",
                    ),
                ),
                migrations.AddIndex(
                    "boarditem",
                    models.Index(
                        fields=["org", "board", "place", "asset"],
                        condition=models.Q(is_member=True),
                        name="media_boarditem_placed",
                    ),
                ),
                migrations.AddIndex(
                    "operationitem",
                    models.Index(
                        fields=["org", "asset_id"],
                        condition=models.Q(asset_id__isnull=False),
                        name="media_operationitem_history",
                    ),
                ),
            ]
        ),
        migrations.RunSQL(UNDOES, NOT_UNDOES),
    ]
