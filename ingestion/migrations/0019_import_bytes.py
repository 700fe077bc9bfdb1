"""What operators ask of import files: how many bytes of them are kept."""

from django.db import migrations

from tenants.rls import EngineFunction

READ = """
GRANT SELECT (size_bytes, storage_key, drop_version) ON ingestion_importfile TO magpie_engine;
CREATE POLICY engine ON ingestion_importfile FOR SELECT TO magpie_engine USING (true);
"""
READ_NO_MORE = """
DROP POLICY engine ON ingestion_importfile;
REVOKE SELECT (size_bytes, storage_key, drop_version) ON ingestion_importfile FROM magpie_engine;
"""
# The key goes with the bytes. What lies in a drop folder is not ours.
KEPT = """
  SELECT coalesce(sum(f.size_bytes), 0)::bigint FROM ingestion_importfile f
   WHERE f.storage_key <> '' AND f.drop_version = ''
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0018_dropped_files")]

    operations = [
        migrations.RunSQL(READ, READ_NO_MORE),
        EngineFunction("engine_import_bytes()", returns="bigint", body=KEPT),
    ]
