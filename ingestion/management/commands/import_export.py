"""``manage.py import_export FILE… --org SLUG``: an import in the foreground, with its report."""

import signal
import sys
import threading
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingestion.imports import foreground
from ingestion.imports.report import Report, report_of
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from tenants.errors import AppError
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.services.lookup import org_id_of_slug

BAR_WIDTH = 30


class Command(BaseCommand):
    """Imports export files into an organization."""

    help = (
        "Import export files (Pinterest, Facebook) into an organization. Ctrl-C stops at a page "
        "boundary; the same command goes on from there. Running it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--org", required=True, help="slug of the organization")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would become of it, write nothing"
        )

    def handle(self, *, files: list[Path], org: str, dry_run: bool, **options: Any) -> None:
        """Import, and print the report."""
        for path in files:
            if not path.is_file():
                raise CommandError(f"{path} is not a file. Name the export that you downloaded.")
        organization = _find(org)
        try:
            run = foreground.prepare(organization, files, is_dry_run=dry_run)
        except AppError as error:
            raise CommandError(error.message) from error
        stop = threading.Event()
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        run = foreground.work(run, on_progress=self._show_progress, stop=stop)
        self._clear_line()
        with org_scope(organization.pk):
            self._print_report(report_of(run), is_dry_run=dry_run)
        self._conclude(run)

    def _show_progress(self, run: SyncRun) -> None:
        if not sys.stderr.isatty():
            return
        share = run.bytes_read / run.bytes_total if run.bytes_total else 0
        filled = round(share * BAR_WIDTH)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        sys.stderr.write(f"\r{bar} {share:4.0%}  {run.raw_count:,} records")
        sys.stderr.flush()

    def _clear_line(self) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")

    def _print_report(self, report: Report, *, is_dry_run: bool) -> None:
        would = "would be " if is_dry_run else ""
        self.stdout.write(f"{report.raw:>9,}  records ({report.parsed:,} parsed)")
        self.stdout.write(
            f"{report.new:>9,}  {would}new ({report.reference_only:,} without a picture)"
        )
        self.stdout.write(f"{report.updated:>9,}  {would}updated")
        self.stdout.write(f"{report.unchanged:>9,}  unchanged")
        self.stdout.write(f"{report.skipped:>9,}  skipped")
        self.stdout.write(f"{report.failed:>9,}  failed")
        for reason in report.reasons:
            line = f"{reason.count:>9,}  {reason.outcome}: {reason.reason} ({reason.sentence})"
            self.stdout.write(f"    {line}")

    def _conclude(self, run: SyncRun) -> None:
        if run.state == RunState.RUNNING:
            self.stdout.write("A worker goes on with the import. Run the same command to watch it.")
        elif run.is_open:
            self.stdout.write("Stopped at a page boundary. Run the same command to go on.")
        elif run.state not in (RunState.SUCCEEDED, RunState.WARNINGS):
            raise CommandError(run.user_message or f"The import ended as {run.state}.")


def _find(slug: str) -> Organization:
    org_id: uuid.UUID | None = org_id_of_slug(slug)
    if org_id is None:
        raise CommandError(f"There is no organization “{slug}”. Its slug is in its address.")
    with org_scope(org_id):
        return Organization.objects.get(pk=org_id)
