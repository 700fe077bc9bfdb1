"""Finds an organization by name, for commands that no person is behind."""

import uuid

from django.db import connection


def all_org_ids() -> list[uuid.UUID]:
    """Return the key of every organization; keys only, their content needs a scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT engine_org_ids()")
        return sorted(row[0] for row in cursor.fetchall())


def org_id_of_slug(slug: str) -> uuid.UUID | None:
    """Return the key of the organization at ``/o/<slug>/``, or None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT engine_org_id(%s)", [slug])
        org_id: uuid.UUID | None = cursor.fetchone()[0]
    return org_id
