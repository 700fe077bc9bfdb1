"""``manage.py restore FILE``: an installation as it was when the archive was written."""

from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config.backup.errors import BackupError
from config.backup.load import restore_backup


class Command(BaseCommand):
    """Fills an empty database; stop the web server and the workers before."""

    help = "Put the database and the stored files back from an archive of `backup`."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file and the leave to destroy."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="destroy the rows and files that are there now"
        )

    def handle(
        self, *args: object, file: Path, replace: bool, verbosity: int, **options: object
    ) -> None:
        """Restore and say what came back.

        Raises:
            CommandError: nothing was restored.
        """
        try:
            manifest = restore_backup(
                file,
                connection=connections["owner"],
                storage=default_storage,
                replace=replace,
                report=print if verbosity else lambda _: None,
            )
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        print(f"Restored {manifest.rows:,} rows and {len(manifest.files):,} files.")
