"""Empties the tables after a test that committed."""

from pathlib import Path

import psycopg
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql

from config.embedded.cluster import SUPERUSER
from config.embedded.state import load_state

# Rows that migrations made, or that mirror Django's registry, stay.
KEPT_TABLES = ["django_migrations", "django_content_type", "auth_permission"]
# A test that left a transaction open fails here instead of hanging.
LOCK_TIMEOUT = "20s"
RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false)
      FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


def empty_all_tables(case: TransactionTestCase | None = None) -> None:
    """Leave no row, and let all sequences begin anew."""
    connections.close_all()
    wrapper = connections["owner"]
    known = wrapper.get_connection_params()
    is_ours = bool(wrapper.settings_dict.get("EMBEDDED"))
    if is_ours:
        state = load_state(Path(wrapper.settings_dict["EMBEDDED_VAR_DIR"]))
        known |= {"user": SUPERUSER, "password": state.superuser_password}
    # A connection of its own: a test may not be allowed to use the alias.
    with psycopg.connect(**known) as connection:
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL (%s)",
            [KEPT_TABLES],
        ).fetchall()
        tables = [sql.Identifier(table) for (table,) in rows]
        empty = _delete if is_ours else _truncate
        empty(connection, tables)


def _delete(connection: psycopg.Connection, tables: list[sql.Identifier]) -> None:
    """Delete row by row, which only a superuser may who steps over walls and constraints.

    Few rows are left by a test, and TRUNCATE makes the files of all tables and indexes anew.
    """
    connection.execute(sql.SQL("LOCK TABLE {}").format(sql.SQL(", ").join(tables)))
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(each) for each in tables)
    )
    connection.execute(RESTART)


def _truncate(connection: psycopg.Connection, tables: list[sql.Identifier]) -> None:
    """Empty the tables as their owner may."""
    truncate = sql.SQL("TRUNCATE {} RESTART IDENTITY")
    connection.execute(truncate.format(sql.SQL(", ").join(tables)))
