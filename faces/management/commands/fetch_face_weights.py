"""Fetches the weights of an engine for faces."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from faces.engine.errors import FacesError
from faces.engine.fetching import fetch_weights
from faces.engine.spec import SPECS, spec_of
from faces.engine.weights import prepare_weights


class Command(BaseCommand):
    """Download what an engine lacks, and check all of it; for the build of an image."""

    help = "Download the weights of the engine for faces, checked by their hashes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take another engine than the installation's."""
        known = ", ".join(SPECS)
        parser.add_argument(
            "--engine",
            default=settings.FACES_ENGINE,
            help=f"{known}; that of the settings by default",
        )

    def handle(self, *, engine: str, **options: Any) -> None:
        """Fetch and check.

        Raises:
            CommandError: which file, and what is wrong with it.
        """
        if not engine:
            raise CommandError("FACES_ENGINE is empty: this installation looks for no faces.")
        try:
            spec = spec_of(engine)
            fetched = fetch_weights(spec, settings.FACES_HOME)
            prepare_weights(
                spec,
                settings.FACES_HOME,
                accepts_noncommercial=settings.FACES_ACCEPT_NONCOMMERCIAL,
            )
        except FacesError as exc:
            file = exc.context.get("file", engine)
            raise CommandError(f"{file}: {exc}") from exc
        for weight in fetched:
            self.stdout.write(f"Fetched {weight.file_name}.")
        self.stdout.write(f"{spec.key} has all its weights ({spec.licence}).")
