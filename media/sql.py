"""Running the statements of the library, which are written by hand where the ORM has no words."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

Row = tuple[Any, ...]


def fetch_rows(statement: str, params: Mapping[str, Any]) -> list[Row]:
    """Return all rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[Row] = cursor.fetchall()
        return rows


def fetch_row(statement: str, params: Mapping[str, Any]) -> Row:
    """Return the row of a query that has exactly one."""
    return fetch_rows(statement, params)[0]


def run(statement: str, params: Mapping[str, Any]) -> int:
    """Run a statement and return how many rows its last part wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return max(int(cursor.rowcount), 0)
