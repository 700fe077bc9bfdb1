"""Finds an organization by name, for commands that no person is behind."""

import uuid

from django.db import connection

from tenants.models import Organization
from tenants.scope import org_scope


def all_org_ids() -> list[uuid.UUID]:
    """Return the key of every organization; keys only, their content needs a scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT engine_org_ids()")
        return sorted(row[0] for row in cursor.fetchall())


def org_id_of_slug(slug: str) -> uuid.UUID | None:
    """Return the key of the organization at ``/o/<slug>/``, or None where there is none."""
    for org_id in all_org_ids():
        with org_scope(org_id):
            if Organization.objects.filter(pk=org_id, slug=slug).exists():
                return org_id
    return None
