"""Makes a backup: a consistent snapshot of all rows, then the stored files."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from gzip import GzipFile
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from config.backup.archive import ArchiveWriter
from config.backup.files import save_files
from config.backup.manifest import Manifest, TableContent
from config.backup.schema import Table, applied_migrations, saved_tables, sequence_values

Report = Callable[[str], None]


def save_backup(
    path: Path, *, connection: BaseDatabaseWrapper, storage: Storage, report: Report
) -> Manifest:
    """Write everything into the archive ``path``; people may go on working meanwhile.

    Args:
        path: of the new file; an older one is replaced when the new one is complete.
        connection: of the tables' owner. Row-level security binds it too, so walled tables
            are read organization by organization.
        storage: where pictures and import files lie.
        report: is told what is being done.

    Raises:
        BackupError: the database is not migrated to this release.
    """
    manifest = Manifest(version=_version(), made_at=datetime.now(UTC).isoformat(), migrations=[])
    with ArchiveWriter(path) as archive:
        with _snapshot(connection):
            manifest.migrations = applied_migrations(connection)
            tables = saved_tables(connection)
            manifest.tables = _save_tables(connection, tables, archive, report)
            manifest.sequences = sequence_values(connection, tables)
        report("Saving the stored files")
        manifest.files = save_files(storage, archive)
        archive.add_manifest(manifest)
    return manifest


@contextmanager
def _snapshot(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Open a transaction for which the database stands still."""
    with transaction.atomic(using=connection.alias, durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _save_tables(
    connection: BaseDatabaseWrapper, tables: list[Table], archive: ArchiveWriter, report: Report
) -> dict[str, TableContent]:
    contents = {table.name: TableContent(table.columns) for table in tables}
    report("Saving the tables of the whole installation")
    for table in tables:
        if not table.is_walled:
            _save_part(connection, archive, table, contents[table.name], f"rows/{table.name}.gz")
    for number, org_id in enumerate(_org_ids(connection), start=1):
        report(f"Saving organization {number}")
        _enter_org(connection, org_id)
        for table in tables:
            if table.is_walled:
                name = f"rows/{table.name}/{org_id}.gz"
                _save_part(connection, archive, table, contents[table.name], name)
    return contents


def _save_part(
    connection: BaseDatabaseWrapper,
    archive: ArchiveWriter,
    table: Table,
    content: TableContent,
    name: str,
) -> None:
    """Add the rows of ``table`` that can be seen, if there are any."""

    def write(packed: GzipFile) -> int:
        with connection.cursor() as cursor:
            with cursor.copy(_copy_out(table)) as copy:
                for chunk in copy:
                    packed.write(chunk)
            return int(cursor.rowcount)

    rows, member = archive.add_rows(name, write)
    if member is not None:
        content.rows += rows
        content.parts[name] = member


def _copy_out(table: Table) -> sql.Composed:
    return sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, table.columns)), sql.Identifier(table.name)
    )


def _org_ids(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::text FROM engine_org_ids() AS id ORDER BY id")
        return [org_id for (org_id,) in cursor.fetchall()]


def _enter_org(connection: BaseDatabaseWrapper, org_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.org', %s, true)", [org_id])


def _version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])
