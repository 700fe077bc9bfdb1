"""What has to be true before the product serves anybody."""

import contextlib
from collections.abc import Callable, Iterator

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connections

from config.embedded.errors import EmbeddedPostgresError
from config.embedded.verify import runtime_problems, server_problems

Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Bring database, static files and demo to what the product needs; safe to repeat.

    Raises:
        CommandError: what is wrong, and how to mend it.
    """
    with _sentences_for_errors():
        say("Preparing the database …")
        _refuse(server_problems(_connect("owner")))
        call_command("migrate", database="owner", interactive=False, verbosity=0)
        _refuse(runtime_problems(_connect("default")))
        say("Collecting static files …")
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO:
            say("Filling the demo library, if it is new …")
            call_command("seed_demo")
    # The server stays leased; the connections are the children's business.
    connections.close_all()


@contextlib.contextmanager
def _sentences_for_errors() -> Iterator[None]:
    try:
        yield
    except EmbeddedPostgresError as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        raise CommandError(f"The database refuses: {error}") from error


def _connect(alias: str) -> psycopg.Connection[tuple[object, ...]]:
    """Return the driver's connection of an alias, opened."""
    wrapper = connections[alias]
    wrapper.ensure_connection()
    opened: psycopg.Connection[tuple[object, ...]] = wrapper.connection
    return opened


def _refuse(problems: list[str]) -> None:
    if problems:
        lines = "\n".join(f"  * {problem}" for problem in problems)
        raise CommandError(f"Magpie does not start on this database:\n{lines}")
