"""Which tables a backup holds, and what the database says about them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from config.backup.errors import BackupError
from config.backup.manifest import TableContent
from tenants.collecting import seldom_collected

# Sessions that ended must not come back, and the queue only wakes who reads our own tables.
LEFT_OUT_APPS = frozenset({"sessions", "usersessions", "django_q"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table to save.

    Attributes:
        columns: what can be written back: all but those that the database computes.
        is_walled: row-level security shows one organization's rows at a time.
    """

    name: str
    columns: list[str]
    is_walled: bool


def saved_tables(connection: BaseDatabaseWrapper) -> list[Table]:
    """Return the tables of all models, the automatic link tables included, by name."""
    names = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if _is_saved(model)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum), c.relrowsecurity
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
              AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            GROUP BY c.oid ORDER BY c.relname
            """,
            [sorted(names)],
        )
        return [Table(name, columns, is_walled) for name, columns, is_walled in cursor.fetchall()]


def sequence_values(connection: BaseDatabaseWrapper, tables: list[Table]) -> dict[str, int]:
    """Return the last value of every used sequence that counts for ``tables`` or for no table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.sequencename, s.last_value FROM pg_sequences s
            LEFT JOIN pg_depend d ON d.objid = format('%%I.%%I', schemaname, sequencename)::regclass
              AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            LEFT JOIN pg_class owning ON owning.oid = d.refobjid
            WHERE s.schemaname = 'public' AND s.last_value IS NOT NULL
              AND (owning.oid IS NULL OR owning.relname = ANY(%s))
            ORDER BY 1
            """,
            [[table.name for table in tables]],
        )
        return dict(cursor.fetchall())


def walled_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the tables whose row-level security binds their owner too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relforcerowsecurity ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def missing_columns(
    connection: BaseDatabaseWrapper, tables: Mapping[str, TableContent]
) -> list[str]:
    """Return the columns, as ``table.column``, that ``tables`` have and the database lacks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        )
        known = set(cursor.fetchall())
    return sorted(
        f"{name}.{column}"
        for name, table in tables.items()
        for column in table.columns
        if (name, column) not in known
    )


def is_bare(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the database was never migrated."""
    return not MigrationRecorder(connection).applied_migrations()


def migrate_to(connection: BaseDatabaseWrapper, wanted: Iterable[str]) -> None:
    """Bring a bare database to exactly the migrations ``wanted``.

    Raises:
        BackupError: this release does not know them, or the database is elsewhere already.
    """
    executor = MigrationExecutor(connection)
    keys = {(app, name) for app, _, name in (each.partition(".") for each in wanted)}
    if unknown := keys - set(executor.loader.disk_migrations):
        app, name = min(unknown)
        message = (
            f"The backup was made by a newer release (it knows the migration {app}.{name}). "
            "Upgrade Magpie first."
        )
        raise BackupError(message)
    if is_bare(connection):
        graph = executor.loader.graph
        ends = [
            key
            for key in keys
            if not any(
                child.key in keys and child.key[0] == key[0]
                for child in graph.node_map[key].children
            )
        ]
        with seldom_collected():
            executor.migrate(sorted(ends))
    if set(MigrationRecorder(connection).applied_migrations()) != keys:
        message = (
            "The database is migrated to another release than the backup's. Restore into a new, "
            "empty database: it is migrated as needed (docs/operations/backup.md)."
        )
        raise BackupError(message)


def applied_migrations(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the applied migrations, as ``app.name``.

    Raises:
        BackupError: some migrations of this release are not applied yet.
    """
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        message = "The database is not migrated to this release. Run `manage.py migrate` first."
        raise BackupError(message)
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _is_saved(model: type[models.Model]) -> bool:
    meta = model._meta
    return meta.managed and not meta.proxy and meta.app_label not in LEFT_OUT_APPS
