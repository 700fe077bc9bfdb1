"""Tokens say what they are for; those that are there keep what they could do, and get no more."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from tenants.rls import WithForceLifted

SCOPES = [
    ("library:read", "See the library: saved items, boards, tags, pictures"),
    ("library:write", "Change the library: edit, tag, sort into boards, remove"),
    ("imports:write", "Bring export files and import them"),
    ("sync:read", "See imports, jobs and runs, and how fresh everything is"),
    ("sync:control", "Run, pause, cancel and schedule jobs"),
    ("members:read", "See who belongs to the organization"),
]
# There was no control of jobs when these tokens were made: whoever wants it makes a new one.
FILL = """
UPDATE tenants_apitoken SET scopes = CASE WHEN is_read_only
  THEN ARRAY['library:read', 'sync:read', 'members:read']
  ELSE ARRAY['library:read', 'library:write', 'imports:write', 'sync:read', 'members:read'] END
"""
FILL_BACK = """
UPDATE tenants_apitoken SET is_read_only =
  NOT scopes && ARRAY['library:write', 'imports:write', 'sync:control']::varchar[]
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_engine_reads_organizations")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=ArrayField(models.CharField(choices=SCOPES, max_length=24), default=list),
            preserve_default=False,
        ),
        WithForceLifted(
            "tenants_apitoken",
            operations=[
                migrations.RunSQL(FILL, FILL_BACK),
                migrations.AddConstraint(
                    model_name="apitoken",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("scopes__contained_by", [value for value, _ in SCOPES]),
                            ("scopes__len__gt", 0),
                        ),
                        name="tenants_apitoken_scopes_known",
                    ),
                ),
            ],
        ),
        migrations.RemoveField(model_name="apitoken", name="is_read_only"),
    ]
