"""What the tests of details share."""

import pytest

from ingestion.pins import asking, enhance
from tests.ingestion.pins.web import Web


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    web = Web()
    monkeypatch.setattr(enhance, "fetch_details", web.fetch)
    monkeypatch.setattr(asking, "session", object)
    return web
