"""The manager of every tenant model: it fails closed."""

from typing import TypeVar

from django.db import models

from tenants.scope import current_org_id

M = TypeVar("M", bound=models.Model)


class OrgManager(models.Manager[M]):
    """Sees only the rows of the organization in scope, and refuses to run without one.

    The explicit filter is more than belt and braces over row-level security: it gives the
    planner a constant.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        """Return the organization's rows.

        Raises:
            OrgScopeMissingError: no scope is open.
        """
        return super().get_queryset().filter(org_id=current_org_id())
