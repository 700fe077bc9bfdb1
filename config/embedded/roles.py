"""Makes the three roles and the database; the only work of the superuser.

``docs/operations/database.md`` shows the same statements for a server of one's own.
"""

from collections.abc import Callable
from contextlib import closing
from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

from config.embedded.state import DATABASE

OWNER, APP, ENGINE = "magpie_owner", "magpie_app", "magpie_engine"

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]
Connect: TypeAlias = Callable[[str], Connection]

OWNER_RIGHTS: LiteralString = "LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
APP_RIGHTS: LiteralString = "LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
ENGINE_RIGHTS: LiteralString = (
    "NOLOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
)

# The owner hands functions over to the engine's role, but has none of its rights meanwhile.
MEMBERSHIP: LiteralString = (
    "GRANT magpie_engine TO magpie_owner WITH INHERIT FALSE, SET TRUE, ADMIN FALSE"
)

# In template1, so that databases that the owner makes for tests are alike.
TEMPLATE: tuple[LiteralString, ...] = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    "ALTER EXTENSION vector UPDATE",
    """ALTER DEFAULT PRIVILEGES FOR ROLE magpie_owner
       GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO magpie_app""",
    """ALTER DEFAULT PRIVILEGES FOR ROLE magpie_owner
       GRANT USAGE, SELECT ON SEQUENCES TO magpie_app""",
)


def prepare(connect: Connect, *, owner_password: str, app_password: str) -> None:
    """Bring roles, template and database to what the product needs; safe to repeat.

    Args:
        connect: opens a connection as superuser, in autocommit, to the database named.
        owner_password: of ``magpie_owner``, who owns the tables and migrates.
        app_password: of ``magpie_app``, who reads and writes rows.
    """
    with closing(connect("postgres")) as connection:
        _set_role(connection, OWNER, OWNER_RIGHTS, owner_password)
        _set_role(connection, APP, APP_RIGHTS, app_password)
        _set_role(connection, ENGINE, ENGINE_RIGHTS, None)
        connection.execute(MEMBERSHIP)
        is_new = not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE)
    for database in ("template1",) if is_new else ("template1", DATABASE):
        with closing(connect(database)) as connection:
            connection.execute("SET client_min_messages = warning")
            for statement in TEMPLATE:
                connection.execute(statement)
    if is_new:
        # Last: whoever reaches the database finds everything in it.
        with closing(connect("postgres")) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )


def _set_role(
    connection: Connection, name: str, rights: LiteralString, password: str | None
) -> None:
    """Make the role, or give it back its rights, with a password that is never sent in clear."""
    verb = (
        "ALTER"
        if _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name)
        else ("CREATE")
    )
    verifier = (
        password
        and connection.pgconn.encrypt_password(
            password.encode(), name.encode(), b"scram-sha-256"
        ).decode()
    )
    connection.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            sql.SQL(verb), sql.Identifier(name), sql.SQL(rights), sql.Literal(verifier)
        )
    )


def _exists(connection: Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None
