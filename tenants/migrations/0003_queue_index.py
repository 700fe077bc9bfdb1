"""The index that the queue's poll needs: without it, every poll reads the whole table."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tenants", "0002_walls"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        # An attempt that was interrupted leaves an index that is there and never used.
        migrations.RunSQL("DROP INDEX IF EXISTS tenants_queue_poll", migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY tenants_queue_poll ON django_q_ormq (key, lock)",
            "DROP INDEX tenants_queue_poll",
        ),
    ]
