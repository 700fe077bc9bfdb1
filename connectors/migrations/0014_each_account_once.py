"""An account is linked once in an organization, whatever it is called."""

from django.db import migrations, models

from tenants.rls import WithForceLifted

# Of several, the oldest is the one that is gone on with; the others stay with what they brought.
ONE_OF_EACH = """
UPDATE connectors_connection c SET account_id = ''
 WHERE c.account_id <> '' AND EXISTS (
   SELECT FROM connectors_connection older
    WHERE older.org_id = c.org_id AND older.connector = c.connector
      AND older.account_id = c.account_id AND older.id < c.id)
"""
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0013_accounts_of_connections"),
    ]

    operations = [
        WithForceLifted(
            "connectors_connection",
            operations=[migrations.RunSQL([ONE_OF_EACH, CHECKED], migrations.RunSQL.noop)],
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.UniqueConstraint(
                condition=~models.Q(account_id=""),
                fields=("org", "connector", "account_id"),
                name="connectors_connection_account_once",
            ),
        ),
    ]
