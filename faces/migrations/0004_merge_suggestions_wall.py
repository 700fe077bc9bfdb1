"""Row-level security of the pairs of people who may be one."""

from django.db import migrations

from tenants.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("faces", "0003_merge_suggestions")]

    operations = [TenantTable("MergeSuggestion")]
