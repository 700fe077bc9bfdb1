"""A token reaches what its scopes open and nothing else, at every address of the API."""

import json
import pickle
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from tenants.permissions import Permission, Role
from tenants.token_scopes import SCOPE_PERMISSIONS, TokenScope, opens
from tests.factories import MembershipFactory
from tests.isolation.addresses import Address, all_addresses
from tests.isolation.requests import named, url_of
from tests.isolation.rows import Rows
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db

ADDRESSES = [
    address for address in all_addresses() if address.is_api and address.is_of_an_organization
]
# What these begin is of the import that ``rows`` makes, and so brings files.
BRINGING = {
    "ingestion_api:job-run",
    "ingestion_api:job-resume",
    "ingestion_api:job-schedule",
    "ingestion_api:job-backfill",
    "ingestion_api:job-rewind",
    "ingestion_api:job-rehearse",
    "ingestion_api:run-retry",
    "ingestion_api:run-retry-failed",
}


@pytest.fixture(scope="module")
def tokens(made_once: bytes, django_db_blocker: DjangoDbBlocker) -> dict[TokenScope, str]:
    """A token of an owner for each scope."""
    ours, _ = pickle.loads(made_once)  # noqa: S301  # our own
    with django_db_blocker.unblock():
        owner = MembershipFactory.create(org=ours.org, role=Role.OWNER)
        return {scope: token_of(owner, scopes=[scope]) for scope in TokenScope}


class TestScopes:
    def test_open_every_permission_that_the_api_asks_for(self) -> None:
        asked = {
            permission
            for address in ADDRESSES
            for permission in address.api_class.required_permissions.values()
        }

        assert asked <= {each for opened in SCOPE_PERMISSIONS.values() for each in opened}

    @pytest.mark.parametrize("address", ADDRESSES, ids=named)
    def test_open_a_call_exactly_where_one_of_them_names_it(
        self, full: tuple[Rows, Rows], tokens: dict[TokenScope, str], address: Address
    ) -> None:
        ours, _ = full
        url = url_of(address, ours, ours)
        wanted: dict[str, Permission] = address.api_class.required_permissions
        client = Client()

        assert address.methods
        for scope, token in tokens.items():
            headers = bearer(token)
            for method in address.methods:
                permission = wanted[method]
                response = client.generic(
                    method, url, b"{}", content_type="application/json", headers=headers
                )
                is_open = opens([scope], permission)
                if address.name in BRINGING:
                    is_open = is_open and opens([scope], Permission.IMPORT)
                assert (_code(response) != "scope_missing") == is_open, (scope, method)


def _code(response: Any) -> str | None:
    """Return the code of a refusal; None where something else was answered."""
    # Reading a stream to its end closes it.
    text = response.getvalue()
    if response.headers.get("Content-Type") != "application/json":
        return None
    body = json.loads(text)
    return body.get("code") if isinstance(body, dict) else None
