"""Which people may be one, as the machine sees it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import tenants.ids


class Migration(migrations.Migration):
    dependencies = [("faces", "0002_walls"), ("tenants", "0006_token_scopes")]

    operations = [
        migrations.CreateModel(
            name="MergeSuggestion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("distance", models.FloatField()),
                (
                    "made_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="faces.person",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merge_suggestions",
                        to="tenants.organization",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="faces.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["org", "second"], name="faces_mergesuggestion_second")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "first", "second"), name="faces_mergesuggestion_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="faces_mergesuggestion_in_order",
                    ),
                ],
            },
        ),
    ]
