"""Who calls in the tests of the API."""

import pytest

from tenants.models import Membership, Organization
from tenants.permissions import Role
from tests.factories import MembershipFactory
from tests.tenants.tokens import bearer, token_of


@pytest.fixture
def caller(org: Organization) -> Membership:
    """An editor of ``org``."""
    return MembershipFactory.create(org=org, role=Role.EDITOR)


@pytest.fixture
def headers(caller: Membership) -> dict[str, str]:
    """What the editor's program sends with each call, with a token made for everything."""
    return bearer(token_of(caller))
