"""Looks into the embedded PostgreSQL: its state, its address, a psql in it."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg.conninfo import conninfo_to_dict

from config.embedded import server
from config.embedded.binaries import find_binaries
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.state import load_state


class Command(BaseCommand):
    """Serve people who look after the local product; a server of one's own has its own tools."""

    help = "Show the state of the embedded PostgreSQL, print its address, or open psql in it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the subcommands."""
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        subcommands.add_parser("status", help="whether it runs, and where its files are")
        url = subcommands.add_parser("url", help="print the address, password included")
        url.add_argument("--owner", action="store_true", help="of the tables' owner")
        psql = subcommands.add_parser("psql", help="open psql as the tables' owner")
        psql.add_argument("arguments", nargs="*", help="for psql itself, after --")

    def handle(self, *args: object, **options: object) -> None:
        """Run one subcommand.

        Raises:
            CommandError: the database is not the embedded one, or it cannot start.
        """
        if "EMBEDDED" not in settings.DATABASES["default"]:
            message = "DATABASE_URL names a server of your own; this command is for the embedded."
            raise CommandError(message)
        try:
            self._run(settings.VAR_DIR, options)
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error

    def _run(self, var_dir: Path, options: dict[str, object]) -> None:
        match options["subcommand"]:
            case "status":
                self._print_status(var_dir)
            case "url":
                endpoints = server.ensure_running(var_dir)
                print(endpoints.owner_url if options["owner"] else endpoints.app_url)
            case _:
                arguments = options["arguments"]
                _become_psql(var_dir, arguments if isinstance(arguments, list) else [])

    def _print_status(self, var_dir: Path) -> None:
        state = load_state(var_dir)
        print("running" if server.is_running(var_dir) else "stopped")
        print(f"data    {state.data_dir}")
        print(f"socket  {state.socket_dir}")
        print(f"log     {state.log_file}")


def _become_psql(var_dir: Path, arguments: list[str]) -> None:
    """Replace this process by psql, which goes on holding the lease of the server."""
    address = conninfo_to_dict(server.ensure_running(var_dir).owner_url)
    server.keep_lease_in_next_program(var_dir)
    # By the environment: other users may see a program's arguments.
    environment = {
        **os.environ,
        "PGHOST": str(address["host"]),
        "PGPORT": str(address["port"]),
        "PGUSER": str(address["user"]),
        "PGPASSWORD": str(address["password"]),
        "PGDATABASE": str(address["dbname"]),
    }
    psql = str(find_binaries().program("psql"))
    os.execve(psql, [psql, *arguments], environment)  # noqa: S606  # no shell wanted
