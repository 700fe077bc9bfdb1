"""The stand-in on loopback, the application that it knows, and people of an organization."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.items import Source
from connectors.oauth.applications import save_application
from ingestion.imports.kind import default_connection
from ingestion.models import AssetOrigin
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from media.models import Asset
from tenants.ids import uuid7
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.connections_page.support import CALLBACK, link, work_all
from tests.pinterest_api.access import serving
from tests.pinterest_api.fake import CLIENT, FakeBoard, FakePinterest


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


@pytest.fixture
def board(fake: FakePinterest, org: Organization, admin_client: MemberClient) -> FakeBoard:
    """A board of an account that is linked and read; an export brought its first pin too."""
    board = fake.add_board("Kitchens", pins=3)
    link(admin_client, org, fake)
    assert work_all(org, JobKind.SYNC).state == RunState.SUCCEEDED
    with org_scope(org.pk):
        asset = Asset.objects.get(source_ref=f"pin:{board.pins[0]}")
        connection = default_connection(org.pk, Source.PINTEREST)
        run_id = uuid7()
        AssetOrigin.objects.create(
            org=org,
            asset=asset,
            connection=connection,
            via=AssetOrigin.Via.EXPORT,
            first_run_id=run_id,
            changed_run_id=run_id,
        )
    return board
