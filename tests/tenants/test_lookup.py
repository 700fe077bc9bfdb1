"""Finding organizations for commands that no person is behind."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.models import Organization
from tenants.services.lookup import all_org_ids, org_id_of_slug
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


class TestAllOrganizations:
    def test_include_those_that_everybody_left(
        self, org: Organization, other_org: Organization
    ) -> None:
        assert all_org_ids() == sorted([org.pk, other_org.pk])


class TestBySlug:
    def test_finds_one_without_members(self, org: Organization) -> None:
        assert org_id_of_slug("acme") == org.pk

    def test_finds_none_by_another_name(self, org: Organization) -> None:
        assert org_id_of_slug("acm") is None

    def test_asks_once_however_many_there_are(self, org: Organization) -> None:
        OrganizationFactory.create_batch(3)

        with CaptureQueriesContext(connection) as queries:
            org_id_of_slug("acme")

        assert len(queries) == 1
