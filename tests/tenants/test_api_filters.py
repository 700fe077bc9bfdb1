"""Lists of the API: what one of them does not know is refused, never passed over."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenants.models import Organization
from tenants.permissions import Role
from tests.conftest import ClientFor

pytestmark = pytest.mark.django_db


def is_list(address: URLPattern) -> bool:
    # What is only made under it has no list.
    is_read = "get" in getattr(address.callback, "actions", {"get": ""})
    is_named = str(address.name).endswith("-list") or address.name in {"kinds", "stages"}
    return is_read and is_named


def lists() -> list[str]:
    """Return the names of the API's lists: those of every router."""
    found: list[str] = []

    def look(patterns: list[Any], space: str = "") -> None:
        for each in patterns:
            if isinstance(each, URLResolver):
                look(each.url_patterns, each.namespace or space)
            elif isinstance(each, URLPattern) and is_list(each):
                found.append(f"{space}:{each.name}")

    look([each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/"])
    return sorted(set(found))


@pytest.fixture
def admin(client_for: ClientFor) -> Client:
    return client_for(Role.ADMIN)


@pytest.mark.parametrize("name", lists())
def test_a_list_refuses_a_filter_that_it_does_not_know(
    admin: Client, org: Organization, name: str
) -> None:
    address, headers = reverse(name), {"X-Magpie-Org": org.slug}

    refused = admin.get(address, {"sate": "failed"}, headers=headers)
    known = admin.get(address, headers=headers)

    assert (refused.status_code, known.status_code) == (400, 200)
    assert refused.json()["fields"] == {"sate": ["There is no such filter."]}


@pytest.mark.parametrize(
    "part", ["boards/{}/items", "runs/{}/events", "jobs/{}/checkpoints", "datasets/{}/flips"]
)
def test_what_belongs_to_an_object_is_such_a_list(
    admin: Client, org: Organization, part: str
) -> None:
    address = f"/api/v1/{part.format(uuid.uuid4())}"

    response = admin.get(address, {"sort": "title"}, headers={"X-Magpie-Org": org.slug})

    assert (response.status_code, response.json()["fields"].keys()) == (400, {"sort"})
