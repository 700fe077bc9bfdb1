"""Puts a backup back: the schema of its time, its files, its rows, then today's schema."""

from collections.abc import Callable
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.files.storage import Storage
from django.core.management import call_command
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from config.backup.archive import CHUNK_BYTES, MANIFEST_NAME, checked_manifest, read_entries
from config.backup.errors import BackupError
from config.backup.files import put_file_back, stored_names
from config.backup.manifest import Manifest
from config.backup.schema import is_bare, migrate_to, missing_columns, walled_tables
from config.backup.secrets import refuse_lost_secrets

Report = Callable[[str], None]


def restore_backup(  # noqa: PLR0913  # all but the first by name
    path: Path,
    *,
    connection: BaseDatabaseWrapper,
    storage: Storage,
    replace: bool,
    without_keys: bool,
    report: Report,
) -> Manifest:
    """Make database and storage what they were when ``path`` was saved.

    The database may be bare, of any supported server: it is migrated to the state of the
    backup, filled, and then migrated to this release. Rows appear in one transaction after
    all files are there, so an interrupted restore is simply done again.

    Args:
        path: of the archive.
        connection: of the tables' owner.
        storage: where pictures and import files lie.
        replace: whether people's data that is there now may be destroyed.
        without_keys: whether to go on where the master keys do not open its secrets.
        report: is told what is being done.

    Raises:
        BackupError: the archive is damaged, or does not fit what is there.
    """
    report("Checking the archive")
    manifest = checked_manifest(path)
    if not without_keys:
        refuse_lost_secrets(path, manifest)
    _make_ready(manifest, connection, replace=replace)
    report("Putting the files back")
    _load_files(path, manifest, storage)
    report("Putting the rows back")
    _load_rows(path, manifest, connection)
    if replace:
        _delete_other_files(manifest, storage)
    report("Migrating to this release")
    call_command("migrate", database=connection.alias, verbosity=0, skip_checks=True)
    return manifest


def _make_ready(manifest: Manifest, connection: BaseDatabaseWrapper, *, replace: bool) -> None:
    if (
        not is_bare(connection)
        and not replace
        and get_user_model().objects.using(connection.alias).exists()
    ):
        message = (
            "The database holds people's data. Restore into an empty one, or add --replace to "
            "destroy what is there."
        )
        raise BackupError(message)
    migrate_to(connection, manifest.migrations)
    if missing := missing_columns(connection, manifest.tables):
        message = f"The database lacks {', '.join(missing)}, which the backup holds."
        raise BackupError(message)


def _load_files(path: Path, manifest: Manifest, storage: Storage) -> None:
    for entry in read_entries(path):
        if entry.file_name is not None:
            put_file_back(storage, entry.file_name, entry.content, manifest.files[entry.file_name])


def _delete_other_files(manifest: Manifest, storage: Storage) -> None:
    for name in list(stored_names(storage)):
        if name not in manifest.files:
            storage.delete(name)


def _load_rows(path: Path, manifest: Manifest, connection: BaseDatabaseWrapper) -> None:
    """Replace all rows in one transaction, in which alone the walls are down for the owner."""
    walled = walled_tables(connection)
    with (
        transaction.atomic(using=connection.alias, durable=True),
        connection.cursor() as cursor,
    ):
        # Migrations may have seeded some; nothing but the backup's rows shall stay.
        _execute(cursor, "TRUNCATE {tables} CASCADE", tables=list(manifest.tables))
        for table in walled:
            _execute(cursor, "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", table=table)
        _copy_parts(path, manifest, cursor)
        # Checks every foreign key; ALTER TABLE refuses to run before that.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _verify_counts(manifest, cursor)
        for table in walled:
            _execute(cursor, "ALTER TABLE {table} FORCE ROW LEVEL SECURITY", table=table)
        for name, value in manifest.sequences.items():
            cursor.execute(
                "SELECT setval(to_regclass(quote_ident(%s)), greatest(%s, last_value)) "
                "FROM pg_sequences WHERE schemaname = 'public' AND sequencename = %s",
                [name, value, name],
            )


def _copy_parts(path: Path, manifest: Manifest, cursor: CursorWrapper) -> None:
    table_of = {part: name for name, table in manifest.tables.items() for part in table.parts}
    for entry in read_entries(path):
        if entry.file_name is not None or entry.name == MANIFEST_NAME:
            continue
        table = table_of[entry.name]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, manifest.tables[table].columns)),
        )
        with entry.rows() as rows, cursor.copy(statement) as copy:
            while chunk := rows.read(CHUNK_BYTES):
                copy.write(chunk)


def _verify_counts(manifest: Manifest, cursor: CursorWrapper) -> None:
    for name, table in manifest.tables.items():
        _execute(cursor, "SELECT count(*) FROM {table}", table=name)
        (found,) = cursor.fetchone() or (0,)
        if found != table.rows:
            message = f"{name} has {found} rows after the restore, the backup {table.rows}."
            raise BackupError(message)


def _execute(cursor: CursorWrapper, template: str, **names: str | list[str]) -> None:
    quoted = {
        key: sql.SQL(", ").join(map(sql.Identifier, [value] if isinstance(value, str) else value))
        for key, value in names.items()
    }
    cursor.execute(sql.SQL(template).format(**quoted))
