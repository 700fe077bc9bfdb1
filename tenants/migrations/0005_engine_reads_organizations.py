"""The engine finds organizations in their own table: one without members is one too."""

from django.db import migrations

from tenants.rls import EngineFunction

# Keys and slugs; what an organization is called is content.
READ_ORGANIZATIONS = """
GRANT SELECT (id, slug) ON tenants_organization TO magpie_engine;
CREATE POLICY engine ON tenants_organization FOR SELECT TO magpie_engine USING (true);
"""
READ_NO_ORGANIZATIONS = """
DROP POLICY engine ON tenants_organization;
REVOKE SELECT (id, slug) ON tenants_organization FROM magpie_engine;
"""
READ_NO_MEMBERSHIPS = """
DROP POLICY engine ON tenants_membership;
REVOKE SELECT ON tenants_membership FROM magpie_engine;
"""
READ_MEMBERSHIPS = """
GRANT SELECT ON tenants_membership TO magpie_engine;
CREATE POLICY engine ON tenants_membership TO magpie_engine USING (true) WITH CHECK (true);
"""

FORMER = EngineFunction(
    "engine_org_ids()",
    returns="SETOF uuid",
    body="SELECT DISTINCT org_id FROM tenants_membership",
)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_own_rows_are_only_read")]

    operations = [
        migrations.RunSQL(READ_ORGANIZATIONS, READ_NO_ORGANIZATIONS),
        migrations.RunSQL(FORMER.reverse_sql, FORMER.sql),
        migrations.RunSQL(READ_NO_MEMBERSHIPS, READ_MEMBERSHIPS),
        EngineFunction(
            "engine_org_ids()", returns="SETOF uuid", body="SELECT id FROM tenants_organization"
        ),
        EngineFunction(
            "engine_org_id(p_slug text)",
            returns="uuid",
            body="SELECT id FROM tenants_organization WHERE slug = p_slug",
        ),
    ]
