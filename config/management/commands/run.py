"""Runs the whole product on this machine."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config.embedded import server
from config.product.greeting import greeting
from config.product.ports import LOOPBACK, first_free_port
from config.product.preparation import prepare
from config.product.processes import DEMO_HOSTS, Product

DEFAULT_PORT = 8000
# The server lingers for the next command, then shuts down; it goes on if others use it.
DATABASE_STOP_S = 10.0


class Command(BaseCommand):
    """Prepare the database, then run web server and workers until Ctrl-C."""

    help = "Run the whole product on this machine until Ctrl-C or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let people choose the port."""
        parser.add_argument(
            "--port",
            type=int,
            default=int(os.environ.get("PORT") or DEFAULT_PORT),
            help=f"port of the web server; {DEFAULT_PORT}, or PORT from the environment",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop.

        Raises:
            CommandError: the database is not fit, or the web server does not come up.
        """
        try:
            prepare(self._say)
            port = self._choose_port(options["port"])
            product = Product(
                port=port, log_dir=settings.VAR_DIR / "log", with_pictures=self._needs_pictures()
            )
        except KeyboardInterrupt:
            sys.exit(130)
        except OSError as error:
            raise CommandError(str(error)) from error
        address = f"http://{LOOPBACK}:{port}"
        try:
            product.run(greet=lambda: self._greet(address), say=self._say)
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        finally:
            self._let_database_go(product)

    def _greet(self, address: str) -> None:
        self._say(greeting(address))
        # From here on the database is the children's business.
        connections.close_all()

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def _choose_port(self, wanted: int) -> int:
        port = first_free_port(wanted)
        if port != wanted:
            self._say(f"Port {wanted} is taken by another program; using {port} instead.")
        return port

    def _needs_pictures(self) -> bool:
        return settings.DEMO and not set(DEMO_HOSTS) & set(settings.FETCH_HOST_MAP)

    def _let_database_go(self, product: Product) -> None:
        """Give the lease back, and wait for the embedded server's end."""
        if settings.DATABASES["default"].get("EMBEDDED"):
            server.release(settings.VAR_DIR)
            product.wait(
                lambda: server.wait_until_stopped(settings.VAR_DIR, timeout_s=0),
                at_most_s=DATABASE_STOP_S,
            )
