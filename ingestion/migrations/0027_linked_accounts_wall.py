"""Row-level security of what sweeps have seen."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0026_linked_accounts")]

    operations = [TenantTable("Sighting")]
