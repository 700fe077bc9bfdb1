"""``manage.py import_export FILE… --org SLUG``: an import in the foreground, with its report."""

import signal
import sys
import tempfile
import threading
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingestion.errors import FolderRefusedError, ImportStoppedError
from ingestion.imports import foreground
from ingestion.imports.folders import pack_folder
from ingestion.imports.report import MEMBER_REASONS, Report, report_of
from ingestion.management.interruptible import INTERRUPTED, interruptible
from ingestion.management.progress import Progress, logs_above_the_bar
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from tenants.errors import AppError
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.services.lookup import org_id_of_slug


class Command(BaseCommand):
    """Imports export files into an organization."""

    help = (
        "Import export files (Pinterest, Facebook), or the folder of a Pinterest scraper with its "
        "databases and images, into an organization. Ctrl-C stops at a page "
        "boundary; the same command goes on from there. A second Ctrl-C ends at once. Running it "
        "again changes nothing."
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
            if not path.is_file() and not path.is_dir():
                raise CommandError(f"{path} is not a file. Name the export that you downloaded.")
        with (
            tempfile.TemporaryDirectory(prefix="magpie-folder-") as space,
            interruptible(signal.SIGINT) as stop,
        ):
            whole = [_as_file(path, Path(space)) for path in files]
            run = self._work(_find(org), whole, is_dry_run=dry_run, stop=stop)
        with org_scope(run.org_id):
            report = report_of(run)
            self._print_report(report, is_dry_run=dry_run)
            if not report.raw and run.state == RunState.SUCCEEDED:
                self.stdout.write("There are no saved items in it.")
            self._print_left_out(run)
        self._conclude(run)

    def _work(
        self, org: Organization, files: list[Path], *, is_dry_run: bool, stop: threading.Event
    ) -> SyncRun:
        try:
            run = foreground.prepare(org, files, is_dry_run=is_dry_run, stop=stop)
        except ImportStoppedError as error:
            self.stdout.write(f"{error.message} Run the same command to begin again.")
            sys.exit(INTERRUPTED)
        except AppError as error:
            raise CommandError(error.message) from error
        progress = Progress(self.stderr)

        def show(run: SyncRun) -> None:
            waits = run.state == RunState.QUEUED
            holder = foreground.holder_of(run) if waits else None
            progress.show(run, holder=holder, is_stopping=stop.is_set())

        with logs_above_the_bar(self.stderr):
            run = foreground.work(run, on_progress=show, stop=stop)
        progress.clear()
        return run

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

    def _print_left_out(self, run: SyncRun) -> None:
        """Name the files of which nothing was read; of very many, the first ones are known."""
        members = run.job.params.get("skipped_members", [])
        if members:
            self.stdout.write(
                f"{len(members):>9,}  {'file' if len(members) == 1 else 'files'} left out"
            )
        for name, reason in members:
            self.stdout.write(f"{'':>15}{name}: {MEMBER_REASONS.get(reason, reason)}")

    def _conclude(self, run: SyncRun) -> None:
        if run.state == RunState.RUNNING:
            self.stdout.write("A worker goes on with the import. Run the same command to watch it.")
            sys.exit(INTERRUPTED)
        if run.is_open:
            self.stdout.write("Stopped at a page boundary. Run the same command to go on.")
            sys.exit(INTERRUPTED)
        if run.state not in (RunState.SUCCEEDED, RunState.WARNINGS):
            raise CommandError(run.user_message or f"The import ended as {run.state}.")


def _as_file(path: Path, space: Path) -> Path:
    """Return ``path``, or the archive of what is in it."""
    if not path.is_dir():
        return path
    try:
        return pack_folder(path, Path(tempfile.mkdtemp(dir=space)))
    except FolderRefusedError as error:
        raise CommandError(str(error)) from error


def _find(slug: str) -> Organization:
    org_id: uuid.UUID | None = org_id_of_slug(slug)
    if org_id is None:
        raise CommandError(f"There is no organization “{slug}”. Its slug is in its address.")
    with org_scope(org_id):
        return Organization.objects.get(pk=org_id)
