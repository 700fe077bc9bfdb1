"""The stand-in on loopback, the application that it knows, and people of an organization."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.oauth.applications import save_application
from tenants.permissions import Role
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.connections_page.support import CALLBACK
from tests.pinterest_api.access import serving
from tests.pinterest_api.fake import CLIENT, FakePinterest


@pytest.fixture
def fake(settings: Any, db: None) -> Iterator[FakePinterest]:
    """Pinterest, and an application that is entered."""
    fake = FakePinterest()
    settings.SITE_URL = "http://testserver"
    fake.redirects.add("http://testserver" + CALLBACK)
    save_application("pinterest_api", client_id=CLIENT[0], client_secret=CLIENT[1])
    with serving(fake) as port:
        settings.FETCH_HOST_MAP = {"api.pinterest.com": f"127.0.0.1:{port}"}
        yield fake


@pytest.fixture
def admin_client(client_for: ClientFor) -> MemberClient:
    """A browser of somebody who may link accounts."""
    return client_for(Role.ADMIN)
