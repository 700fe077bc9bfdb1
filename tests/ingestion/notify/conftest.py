"""A clock that stands at noon, somebody to tell, and pictures that get old."""

from collections.abc import Iterator

import pytest
import time_machine

from ingestion.models import DatasetStatus
from tenants.models import Organization, User
from tenants.permissions import Role
from tests.factories import MembershipFactory
from tests.ingestion.notify.support import NOON, dataset


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def editor(org: Organization) -> User:
    return MembershipFactory.create(org=org, role=Role.EDITOR).user


@pytest.fixture
def pictures(org: Organization) -> DatasetStatus:
    return dataset(org)
