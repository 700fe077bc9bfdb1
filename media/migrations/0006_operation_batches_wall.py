"""Row-level security of what operations have still to do.

Apart from the table: its key to the organization is added at the end of a migration.
"""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("media", "0005_operations_in_batches")]

    operations = [TenantTable("OperationBatch")]
