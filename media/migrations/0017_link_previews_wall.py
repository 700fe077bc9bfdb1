"""Row-level security of what links lead to.

Apart from the table: its key to the organization is added at the end of a migration.
"""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("media", "0016_link_previews")]

    operations = [TenantTable("LinkPreview")]
