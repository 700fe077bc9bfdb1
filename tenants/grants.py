"""The rights of the runtime role: rows only, never the schema."""

from typing import Any

from django.db import connections

from tenants.rls import RUNTIME

GRANTS = f"""
GRANT USAGE ON SCHEMA public TO {RUNTIME};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {RUNTIME};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {RUNTIME};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {RUNTIME};
"""  # noqa: S608  # a constant of ours


def grant_runtime_rights(*, using: str, **_: Any) -> None:
    """Let the runtime role read and write rows of every table (after each ``migrate``)."""
    if using != "owner":
        return
    with connections[using].cursor() as cursor:
        cursor.execute(GRANTS)
