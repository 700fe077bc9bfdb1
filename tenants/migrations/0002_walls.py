"""Row-level security of people's tables, and what must work before an organization is known."""

from django.db import migrations

from tenants.rls import EngineFunction, TenantTable

# Both settings missing: raise, as every other tenant table does.
IN_SCOPE = """CASE
  WHEN coalesce(current_setting('app.org', true), '') <> ''
    THEN {column} = current_setting('app.org')::uuid OR {own}
  WHEN coalesce(current_setting('app.user', true), '') <> '' THEN {own}
  ELSE {column} = current_setting('app.org')::uuid
END"""
MINE = "user_id = nullif(current_setting('app.user', true), '')::uuid"
# Reads memberships under the same person's scope, so it can reach nothing else.
MY_ORG = f"id IN (SELECT m.org_id FROM tenants_membership m WHERE m.{MINE})"

WALLS = f"""
CREATE POLICY in_scope ON tenants_membership TO magpie_app, magpie_owner
  USING ({IN_SCOPE.format(column="org_id", own=MINE)})
  WITH CHECK (org_id = current_setting('app.org')::uuid);
ALTER TABLE tenants_organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants_organization FORCE ROW LEVEL SECURITY;
CREATE POLICY in_scope ON tenants_organization TO magpie_app, magpie_owner
  USING ({IN_SCOPE.format(column="id", own=MY_ORG)})
  WITH CHECK (id = current_setting('app.org')::uuid);
"""

UNWALL = """
DROP POLICY in_scope ON tenants_membership;
DROP POLICY in_scope ON tenants_organization;
ALTER TABLE tenants_organization DISABLE ROW LEVEL SECURITY;
"""

CACHE = """
CREATE TABLE tenants_cache (
  cache_key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX tenants_cache_expires ON tenants_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        TenantTable("Membership", engine="SELECT", policy=False),
        TenantTable("Invitation", engine="SELECT"),
        TenantTable("ApiToken", engine="SELECT"),
        migrations.RunSQL(WALLS, UNWALL),
        EngineFunction(
            "engine_org_ids()",
            returns="SETOF uuid",
            body="SELECT DISTINCT org_id FROM tenants_membership",
        ),
        EngineFunction(
            "engine_token(p_sha256 text)",
            returns="TABLE (token_id uuid, org_id uuid, user_id uuid)",
            body="SELECT id, org_id, user_id FROM tenants_apitoken "
            "WHERE token_sha256 = p_sha256 AND revoked_at IS NULL AND expires_at > now()",
        ),
        EngineFunction(
            "engine_invitation(p_sha256 text)",
            returns="TABLE (invitation_id uuid, org_id uuid)",
            body="SELECT id, org_id FROM tenants_invitation WHERE token_sha256 = p_sha256",
        ),
        migrations.RunSQL(CACHE, "DROP TABLE tenants_cache"),
    ]
