"""``manage.py backup FILE``: every row and every stored file in one archive."""

from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from config.backup.errors import BackupError, reason_of
from config.backup.save import save_backup
from config.database.fitness import sentences_for_errors


class Command(BaseCommand):
    """Saves the installation while people go on working."""

    help = "Write the database and the stored files into one archive."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file's name."""
        parser.add_argument(
            "file", nargs="?", type=Path, help="by default magpie-<date>.tar in this folder"
        )

    def handle(self, *args: object, file: Path | None, verbosity: int, **options: object) -> None:
        """Write the archive and say what it holds.

        Raises:
            CommandError: the backup could not be made.
        """
        path = (file or Path(f"magpie-{timezone.now():%Y-%m-%d-%H%M}.tar")).resolve()
        try:
            with sentences_for_errors():
                manifest = save_backup(
                    path,
                    connection=connections["owner"],
                    storage=default_storage,
                    report=print if verbosity else lambda _: None,
                )
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            message = (
                f"The backup could not be finished: {reason_of(error)}. Nothing is kept of it; "
                "mend that and run it again."
            )
            raise CommandError(message) from error
        print(f"{path}: {manifest.rows:,} rows, {len(manifest.files):,} files.")
        print("Keep the secrets (MASTER_KEYS, SECRET_KEY or var/secrets.json) in another place.")
