"""Notes where the work stands, and says it again after a reboot."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.handoff.entry import entry_of
from config.handoff.log import append, last_entry
from config.handoff.since import changes_since
from config.handoff.standing import take_standing


class Command(BaseCommand):
    """Append to the log of handoffs, or print its last entry and what changed since."""

    help = (
        "Note where the work stands (code, runs, stages, datasets, failures) with a word of your "
        "own and what is next; --last prints the last note and what changed since."
    )
    # Of use also where the settings or the database are what is wrong.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what is written, or asked for."""
        parser.add_argument("--note", help="what was done and how things stand")
        parser.add_argument("--next", action="append", help="what is to be done next; repeat it")
        parser.add_argument("--last", action="store_true", help="print the last entry instead")
        parser.add_argument(
            "--file",
            type=Path,
            default=settings.HANDOFF_FILE,
            help=f"the log; {settings.HANDOFF_FILE}, or HANDOFF_FILE from the environment",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or read.

        Raises:
            CommandError: there is nothing to write, or nothing to print.
        """
        if options["last"]:
            self._print_last(options["file"])
        else:
            self._append(options["file"], options["note"], options["next"])

    def _append(self, path: Path, note: str | None, steps: list[str] | None) -> None:
        if not note or not steps:
            raise CommandError("Say how things stand with --note, and what is next with --next.")
        append(path, entry_of(take_standing(), note=note, steps=steps))
        self.stdout.write(f"Noted in {path}.")

    def _print_last(self, path: Path) -> None:
        last = last_entry(path)
        if last is None:
            raise CommandError(f"Nothing was handed over yet in {path}.")
        self.stdout.write(last.text)
        self.stdout.write("\n".join(changes_since(last)))
