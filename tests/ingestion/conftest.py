"""What several tests of the engine ask for."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from ingestion.models import Job
from ingestion.models.job import JobKind
from tenants.models import Organization
from tenants.scope import org_scope


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """More than three assets are very many, and a batch has two."""
    monkeypatch.setattr("media.operations.freezing.BATCH_SIZE", 2)
    with override_settings(BULK_MAX_AT_ONCE=3):
        yield


@pytest.fixture
def no_nightly_jobs(org: Organization, other_org: Organization) -> None:
    """No nightly upkeep comes due, whatever the time of the day and however far it is moved."""
    for each in (org, other_org):
        with org_scope(each.pk):
            Job.objects.filter(kind=JobKind.UPKEEP).update(next_due_at=None)
