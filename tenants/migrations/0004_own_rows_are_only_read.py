"""A person in scope reads what they belong to; only an organization in scope is changed.

One policy for everything let a person's own rows of all organizations be updated and deleted.
"""

from django.db import migrations

# Both settings missing: raise, as every other tenant table does.
SEEN = """CASE
  WHEN coalesce(current_setting('app.org', true), '') <> ''
    THEN {key} = current_setting('app.org')::uuid OR {own}
  WHEN coalesce(current_setting('app.user', true), '') <> '' THEN {own}
  ELSE {key} = current_setting('app.org')::uuid
END"""
IN_SCOPE = "{key} = current_setting('app.org')::uuid"
MINE = "user_id = nullif(current_setting('app.user', true), '')::uuid"
# Reads memberships under the same person's scope, so it can reach nothing else.
MY_ORG = f"id IN (SELECT m.org_id FROM tenants_membership m WHERE m.{MINE})"

# Table: the column with the organization's key, and which rows are a person's own.
TABLES = {
    "tenants_membership": ("org_id", MINE),
    "tenants_organization": ("id", MY_ORG),
}

SPLIT = """
DROP POLICY in_scope ON {table};
CREATE POLICY seen ON {table} FOR SELECT TO magpie_app, magpie_owner USING ({seen});
CREATE POLICY added ON {table} FOR INSERT TO magpie_app, magpie_owner WITH CHECK ({in_scope});
CREATE POLICY changed ON {table} FOR UPDATE TO magpie_app, magpie_owner
  USING ({in_scope}) WITH CHECK ({in_scope});
CREATE POLICY removed ON {table} FOR DELETE TO magpie_app, magpie_owner USING ({in_scope});
"""
JOIN = """
DROP POLICY seen ON {table};
DROP POLICY added ON {table};
DROP POLICY changed ON {table};
DROP POLICY removed ON {table};
CREATE POLICY in_scope ON {table} TO magpie_app, magpie_owner
  USING ({seen}) WITH CHECK ({in_scope});
"""


def _for_each_table(template: str) -> str:
    return "".join(
        template.format(
            table=table,
            seen=SEEN.format(key=key, own=own),
            in_scope=IN_SCOPE.format(key=key),
        )
        for table, (key, own) in TABLES.items()
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_queue_index")]

    operations = [migrations.RunSQL(_for_each_table(SPLIT), _for_each_table(JOIN))]
