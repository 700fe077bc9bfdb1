"""``manage.py pins --org SLUG``: the job over the pins in the foreground."""

import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingestion.imports import foreground as work_here
from ingestion.management.interruptible import INTERRUPTED, interruptible
from ingestion.management.pins_progress import StepProgress
from ingestion.management.progress import logs_above_the_bar, notice_of
from ingestion.models import RunStep, SyncRun
from ingestion.models.run import RunState
from ingestion.models.step import StepState
from ingestion.pins import foreground
from ingestion.pins.kind import MOST_CONCURRENT, STEP_LABELS, STEPS
from ingestion.runs_page.items import items_of
from tenants.errors import AppError
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.services.lookup import org_id_of_slug

_NAMES = [step.name for step in STEPS]
# Of what failed, so many are named; the run's page lists all.
_NAMED = 5


class Command(BaseCommand):
    """Goes over the pins of an organization, step by step."""

    help = (
        "Go over the pins of an organization, step by step. Ctrl-C and SIGTERM stop at a batch "
        "boundary; the same command goes on from there. A second Ctrl-C ends at once. Running it "
        "again changes nothing that is in order."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--org", required=True, help="slug of the organization")
        parser.add_argument(
            "--steps", default="", help=f"some of {','.join(_NAMES)}; all where none is named"
        )
        parser.add_argument(
            "--only-images", action="store_true", help="ask only for pins without a picture"
        )
        parser.add_argument(
            "--max-concurrent", type=int, help=f"requests at a time, 1 to {MOST_CONCURRENT}"
        )

    def handle(self, **options: Any) -> None:
        """Work, and say what came of it."""
        params = {
            "steps": [name.strip() for name in options["steps"].split(",") if name.strip()],
            "only_images": options["only_images"],
            "max_concurrent": options["max_concurrent"],
        }
        try:
            run = foreground.prepare(_find(options["org"]), params)
        except AppError as error:
            raise CommandError(error.message) from error
        run = self._work(run)
        with org_scope(run.org_id):
            self._print_steps(run)
            self._print_failures(run)
        self._conclude(run)

    def _work(self, run: SyncRun) -> SyncRun:
        progress = StepProgress(self.stderr, STEP_LABELS)
        said = ""

        with interruptible(signal.SIGINT, signal.SIGTERM) as stop:

            def show(run: SyncRun) -> None:
                nonlocal said
                notice = _STOPPING if stop.is_set() else _waiting(run)
                if notice and notice != said:
                    progress.say(notice)
                said = notice
                if (found := foreground.where_is(run)) is not None:
                    progress.show(*found)

            with logs_above_the_bar(self.stderr):
                run = work_here.work(run, on_progress=show, stop=stop)
        progress.end()
        return run

    def _print_steps(self, run: SyncRun) -> None:
        for step in RunStep.objects.filter(run=run).order_by("position"):
            label = STEP_LABELS.get(step.name, step.name)
            done = (step.cursor or {}).get("done", 0)
            if step.state == StepState.SKIPPED:
                after = f" after {done:,}" if done else ""
                self.stdout.write(f"{label}: left out{after}. {step.user_message}")
                continue
            until = "so far " if step.state == StepState.RUNNING else ""
            self.stdout.write(f"{label}: {until}{done:,} looked at, {step.changed_count:,} changed")

    def _print_failures(self, run: SyncRun) -> None:
        if not run.failed_count:
            return
        self.stdout.write(f"{run.failed_count:,} failed, such as:")
        for row in items_of(run, outcome="failed").rows[:_NAMED]:
            self.stdout.write(f"    {row.title}: {row.why}")

    def _conclude(self, run: SyncRun) -> None:
        if run.state == RunState.RUNNING:
            self.stdout.write("A worker goes on with it. Run the same command to watch it.")
            sys.exit(INTERRUPTED)
        if run.is_open:
            self.stdout.write(
                "Stopped at a batch boundary; all that was done is kept. "
                "Run the same command to go on."
            )
            sys.exit(INTERRUPTED)
        if run.state not in (RunState.SUCCEEDED, RunState.WARNINGS):
            raise CommandError(run.user_message or f"It ended as {run.state}.")


_STOPPING = "Stopping at the next batch. Press Ctrl-C again to end at once."


def _waiting(run: SyncRun) -> str:
    if run.state == RunState.QUEUED and run.error_code and not run.is_held:
        return f"{run.user_message} That is at {run.run_after:%H:%M:%S} UTC."
    if run.state == RunState.QUEUED and not run.is_held:
        return "Waiting its turn; another process is at it, or was until it ended."
    return notice_of(run) if run.state != RunState.QUEUED else ""


def _find(slug: str) -> Organization:
    org_id = org_id_of_slug(slug)
    if org_id is None:
        raise CommandError(f"There is no organization “{slug}”. Its slug is in its address.")
    with org_scope(org_id):
        return Organization.objects.get(pk=org_id)
