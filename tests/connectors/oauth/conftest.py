"""The stand-in for Pinterest on loopback, and an application that it knows."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.oauth.applications import save_application
from connectors.pinterest_api.connector import Pinterest
from tests.pinterest_api.access import serving
from tests.pinterest_api.fake import CLIENT, FakePinterest

SITE = "https://magpie.example.com"
CALLBACK = f"{SITE}/connections/callback/pinterest_api/"


@pytest.fixture
def fake(settings: Any) -> Iterator[FakePinterest]:
    fake = FakePinterest()
    fake.redirects.add(CALLBACK)
    settings.SITE_URL = SITE
    with serving(fake) as port:
        settings.FETCH_HOST_MAP = {"api.pinterest.com": f"127.0.0.1:{port}"}
        yield fake


@pytest.fixture
def application(fake: FakePinterest, db: None) -> Pinterest:
    """Pinterest, with an application that is entered."""
    save_application(Pinterest.name, client_id=CLIENT[0], client_secret=CLIENT[1])
    return Pinterest()
