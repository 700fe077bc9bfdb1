"""Row-level security of the credentials."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("connectors", "0006_credentials"), ("tenants", "0008_data_keys_wall")]

    operations = [TenantTable("Credential")]
