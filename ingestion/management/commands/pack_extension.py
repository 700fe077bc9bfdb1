"""Packs the browser extension."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from ingestion.gather.extension import extension_name, pack_extension


class Command(BaseCommand):
    """``manage.py pack_extension``."""

    help = "Packs the browser extension into one file, for browsers and their stores."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder to write into."""
        parser.add_argument("--into", type=Path, default=Path(settings.VAR_DIR) / "extension")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, and say where it is."""
        folder: Path = options["into"]
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / extension_name()
        file.write_bytes(pack_extension())
        self.stdout.write(str(file))
