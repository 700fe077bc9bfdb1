"""Says how the installation is doing."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.status.problems import problems_of
from config.status.silence import SILENCES, sentence_of
from config.status.snapshot import as_json, take_snapshot
from config.status.text import as_text


class Command(BaseCommand):
    """Show workers, queues, runs and sizes; end with 1 where something is wrong."""

    help = (
        "Show how the installation is doing: workers, queues, runs, chores, sizes. "
        "Ends with 1 and says what is wrong, if anything is."
    )
    # It has to speak also where the settings are what is wrong.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let programs read it."""
        parser.add_argument(
            "--json",
            action="store_true",
            help="as JSON; docs/operations/monitoring.md has the keys",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        is_json: bool = options["json"]
        try:
            found = take_snapshot()
        except SILENCES as error:
            problems = [sentence_of(error)]
            self._say({"is_well": False, "problems": problems} if is_json else f"! {problems[0]}")
        else:
            problems = problems_of(found)
            self._say(as_json(found, problems) if is_json else as_text(found, problems))
        if problems:
            sys.exit(1)

    def _say(self, what: dict[str, Any] | str) -> None:
        self.stdout.write(what if isinstance(what, str) else json.dumps(what, indent=2))
