"""Row-level security of the data keys; a rotation finds the organizations that it has to do."""

from django.db import migrations

from tenants.rls import EngineFunction, TenantTable

# Never the keys themselves, wrapped as they are.
READ_IDS = """
GRANT SELECT (org_id, version, wrapped_by, made_under) ON tenants_datakey TO magpie_engine;
CREATE POLICY engine ON tenants_datakey FOR SELECT TO magpie_engine USING (true);
"""
READ_NOTHING = """
DROP POLICY engine ON tenants_datakey;
REVOKE SELECT (org_id, version, wrapped_by, made_under) ON tenants_datakey FROM magpie_engine;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_data_keys")]

    operations = [
        TenantTable("DataKey"),
        migrations.RunSQL(READ_IDS, READ_NOTHING),
        EngineFunction(
            "engine_data_keys()",
            returns="TABLE (org_id uuid, version integer, wrapped_by text, made_under text)",
            body="SELECT org_id, version, wrapped_by, made_under FROM tenants_datakey",
        ),
    ]
