"""``manage.py policy``: what is open, what is shut and why, and what the night would remove."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ingestion.reviews.lines import WayLine, way_lines
from ingestion.reviews.preview import preview


class Command(BaseCommand):
    """Tells operators where the reviews of sources' terms stand; changes nothing."""

    help = "Say which ways of reading are open, which are shut and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--count", action="store_true", help="also count what the next night would remove"
        )

    def handle(self, *, count: bool, **options: Any) -> None:
        """Print a paragraph for each way."""
        for line in way_lines(preview() if count else None):
            self.stdout.write("\n".join([*_paragraph(line), "", ""]))


def _paragraph(line: WayLine) -> list[str]:
    said = [
        f"{line.way.name}: {'open' if line.gate.is_open else 'shut'}, {line.state.lower()}",
        f"  {line.way.terms.url}, read on {line.way.terms.read_on}",
    ]
    if line.gate.why:
        said.append(f"  {line.gate.why}")
    if line.way.terms.is_official:
        said.append(f"  {line.gate.retention.sentence}")
        if line.records is not None:
            said.append(
                f"  The next night: {line.records:,} records may be kept no longer, "
                f"{line.pictures:,} stored pictures may not be kept."
            )
    return said
