"""Row-level security of what was answered about pins."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0028_pin_answers")]

    operations = [TenantTable("PinAnswer")]
