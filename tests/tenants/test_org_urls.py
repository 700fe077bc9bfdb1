"""Addresses within an organization, in templates and in code."""

import uuid

import pytest
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch

from tenants.models import Organization
from tenants.urls_for import org_reverse

KEY = uuid.UUID(int=7)
ROLE = f"/o/acme/members/{KEY}/role/"


@pytest.fixture
def request_of_org() -> HttpRequest:
    request = RequestFactory().get("/")
    request.org = Organization(slug="acme")  # type: ignore[attr-defined]  # as the middleware does
    return request


class TestOrgUrl:
    def render(self, request: HttpRequest, text: str) -> str:
        template = Template("{% load org_urls %}" + text)
        return template.render(Context({"request": request, "key": KEY}))

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("{% org_url 'tenants:members' %}", "/o/acme/members/"),
            ("{% org_url 'tenants:member_role' key %}", ROLE),
            ("{% org_url 'tenants:member_role' membership_id=key %}", ROLE),
            ("{% org_url 'tenants:members' as address %}[{{ address }}]", "[/o/acme/members/]"),
            ("{% org_url 'nowhere' as address %}[{{ address }}]", "[]"),
        ],
    )
    def test_fills_in_the_organization_of_the_request(
        self, request_of_org: HttpRequest, text: str, expected: str
    ) -> None:
        assert self.render(request_of_org, text) == expected

    def test_a_page_that_there_is_not_is_a_mistake(self, request_of_org: HttpRequest) -> None:
        with pytest.raises(NoReverseMatch):
            self.render(request_of_org, "{% org_url 'nowhere' %}")


class TestOrgReverse:
    def test_takes_arguments_by_place_or_by_name(self) -> None:
        org = Organization(slug="acme")

        assert org_reverse(org, "tenants:member_role", KEY) == ROLE
        assert org_reverse(org, "tenants:member_role", membership_id=KEY) == ROLE

    def test_tells_keys_apart(self) -> None:
        org, other = Organization(slug="acme"), uuid.uuid4()

        addresses = {
            org_reverse(org, "tenants:member_role", KEY),
            org_reverse(org, "tenants:member_role", other),
            org_reverse(Organization(slug="other"), "tenants:member_role", KEY),
        }

        of_other = ROLE.replace(str(KEY), str(other))
        assert addresses == {ROLE, of_other, ROLE.replace("acme", "other")}
