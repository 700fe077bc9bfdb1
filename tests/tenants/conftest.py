"""What the tests of people and organizations share."""

import pytest

from tenants.models import Membership, Organization
from tenants.permissions import Role
from tests.factories import MembershipFactory


@pytest.fixture
def editor(org: Organization) -> Membership:
    """An editor of ``org``."""
    return MembershipFactory.create(org=org, role=Role.EDITOR)
