"""Row-level security of the library, and the search that may use its index."""

from django.db import migrations

from tenants.rls import EngineFunction, TenantTable


class Migration(migrations.Migration):
    dependencies = [("media", "0002_initial"), ("tenants", "0002_walls")]

    operations = [
        # Targets before the tables that point at them.
        TenantTable("Blob"),
        TenantTable("Asset"),
        TenantTable("AssetMedia"),
        TenantTable("Tombstone"),
        TenantTable("Rendition"),
        TenantTable("StageState"),
        TenantTable("Board"),
        TenantTable("BoardItem"),
        TenantTable("Tag"),
        TenantTable("AssetTag"),
        TenantTable("Operation"),
        TenantTable("OperationItem"),
        TenantTable("SearchDocument", engine="SELECT"),
        EngineFunction(
            "engine_search(p_query tsquery, p_limit integer)",
            returns="SETOF uuid",
            body="SELECT asset_id FROM media_searchdocument "
            "WHERE document @@ p_query AND org_id = current_setting('app.org')::uuid "
            "LIMIT p_limit",
        ),
    ]
