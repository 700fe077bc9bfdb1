"""Refuses to start on a database that is not fit, in the words of ``config.embedded.verify``."""

import contextlib
from collections.abc import Iterator

import psycopg
from django.core.management.base import CommandError
from django.db import DatabaseError, connections

from config.embedded.errors import EmbeddedPostgresError
from config.embedded.verify import runtime_problems, server_problems


def refuse_unfit_server() -> None:
    """Look at the server as the owner sees it, before there is a schema.

    Raises:
        CommandError: what is wrong, and how to mend it.
    """
    with sentences_for_errors():
        _refuse(server_problems(_connect("owner")))


def refuse_unfit_runtime() -> None:
    """Look at the role that serves people; every process that does asks before it begins.

    Raises:
        CommandError: what is wrong, and how to mend it.
    """
    with sentences_for_errors():
        _refuse(runtime_problems(_connect("default")))


@contextlib.contextmanager
def sentences_for_errors() -> Iterator[None]:
    """Turn what a database refuses into a sentence.

    Raises:
        CommandError: instead of the database's error.
    """
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
