"""Connections remember whose account they are of, also when it is let go."""

from django.db import migrations, models

from tenants.rls import WithForceLifted

OF_LINKED = """
UPDATE connectors_connection c SET account_id = k.account_id
  FROM connectors_credential k
 WHERE k.org_id = c.org_id AND k.connection_id = c.id
"""
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0012_credential_is_renewable"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="account_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        WithForceLifted(
            "connectors_connection",
            "connectors_credential",
            operations=[migrations.RunSQL([OF_LINKED, CHECKED], migrations.RunSQL.noop)],
        ),
    ]
