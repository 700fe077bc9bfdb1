"""``manage.py restore FILE``: an installation as it was when the archive was written."""

from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config.backup.errors import BackupError, reason_of
from config.backup.load import restore_backup
from config.database.fitness import sentences_for_errors


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
        parser.add_argument(
            "--without-keys",
            action="store_true",
            help="go on though MASTER_KEYS does not open second factors and linked accounts",
        )

    def handle(
        self,
        *args: object,
        file: Path,
        replace: bool,
        without_keys: bool,
        verbosity: int,
        **options: object,
    ) -> None:
        """Restore and say what came back.

        Raises:
            CommandError: the restore was refused, or could not be finished.
        """
        try:
            with sentences_for_errors():
                manifest = restore_backup(
                    file.resolve(),
                    connection=connections["owner"],
                    storage=default_storage,
                    replace=replace,
                    without_keys=without_keys,
                    report=print if verbosity else lambda _: None,
                )
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            message = (
                f"The restore could not be finished: {reason_of(error)}. Mend that and run it "
                "again."
            )
            raise CommandError(message) from error
        print(f"Restored {manifest.rows:,} rows and {len(manifest.files):,} files.")
