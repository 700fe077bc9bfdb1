"""What ingestion does when something happens in the apps below."""

from typing import Any

from django.dispatch import receiver

from ingestion.models import OrgSchedule
from tenants.models import Organization
from tenants.signals import organization_created


@receiver(organization_created)
def join_the_line(*, org: Organization, **_: Any) -> None:
    """Give a new organization its place in the fair line of the workers."""
    OrgSchedule.objects.get_or_create(org=org)
