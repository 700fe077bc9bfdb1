"""Runs the workers, supervised."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from config.database.fitness import refuse_unfit_runtime
from config.worker.supervisor import Supervisor


class Command(BaseCommand):
    """Run the clusters of workers until SIGTERM or Ctrl-C, and start again what fails."""

    help = "Run the workers of this host until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let a host run some of the clusters only."""
        known = [settings.Q_CLUSTER["name"], *settings.Q_CLUSTER["ALT_CLUSTERS"]]
        parser.add_argument(
            "--clusters",
            nargs="+",
            choices=known,
            default=known,
            metavar="NAME",
            help=f"which clusters to run here; all ({', '.join(known)}) by default",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Supervise until told to stop.

        Raises:
            CommandError: the database is not fit.
        """
        refuse_unfit_runtime()
        # The clusters open their own.
        connections.close_all()
        Supervisor(options["clusters"], grace_s=settings.WORKER_GRACE_S).run()
