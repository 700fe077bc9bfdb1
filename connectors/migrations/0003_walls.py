"""Row-level security of the connections."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("connectors", "0002_initial"), ("tenants", "0002_walls")]

    operations = [TenantTable("Connection")]
