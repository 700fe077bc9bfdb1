"""``manage.py run_stage STAGE --org SLUG``: a stage of the pictures once more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingestion.stages.queueing import run_again
from media.again import Which
from media.models.stage import Stage
from tenants.scope import org_scope
from tenants.services.lookup import org_id_of_slug


class Command(BaseCommand):
    """Queues a stage over what is missing, what failed, or all; the workers do the rest."""

    help = "Run a stage again over what is missing, what failed, or all. Workers must be running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("stage", choices=Stage.values)
        parser.add_argument("--org", required=True, help="slug of the organization")
        parser.add_argument("--which", choices=Which.values, default=Which.FAILED)

    def handle(self, *, stage: str, org: str, which: str, **options: Any) -> None:
        """Queue the run, and say over how many units."""
        org_id = org_id_of_slug(org)
        if org_id is None:
            raise CommandError(f"There is no organization “{org}”; its slug stands in its address.")
        with org_scope(org_id):
            count = run_again(org_id, Stage(stage), Which(which))
        self.stdout.write(f"{count:,} units of {stage} are due.")
