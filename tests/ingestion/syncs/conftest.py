"""The stand-in over loopback, and an account of it that is linked."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors import base
from ingestion.models import Job
from ingestion.syncs.services import link_account
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.ingestion.syncs.accounts import FakedPinterest, as_tokens
from tests.pinterest_api.access import refresh, serving
from tests.pinterest_api.fake import FakePinterest


@pytest.fixture
def fake(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePinterest]:
    # For the test alone: pages list what is registered.
    monkeypatch.setitem(base._CONNECTORS, FakedPinterest.name, FakedPinterest())
    fake = FakedPinterest.fake = FakePinterest()
    with serving(fake) as port:
        settings.FETCH_HOST_MAP = {"api.pinterest.com": f"127.0.0.1:{port}"}
        yield fake


@pytest.fixture
def job(fake: FakePinterest, org: Organization, owner_user: User) -> Job:
    """A linked account, whose first run is queued."""
    with org_scope(org.pk):
        return link_account(
            FakedPinterest(),
            as_tokens(refresh(fake, "pinr.first")),
            account_id="9001",
            account_name="exampleuser",
            by=owner_user,
        )
