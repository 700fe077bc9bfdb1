"""How far a sync is shows on the page by itself."""

import re
from typing import Any

import pytest

from tenants.models import Organization
from tests.conftest import MemberClient
from tests.ingestion.connections_page.support import link, page, work_all
from tests.pinterest_api.fake import FakePinterest

# The connector looks at the database beside its event loop, by connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def question(response: Any) -> str:
    """Return what the page asks from time to time."""
    html = response.content.decode()
    found = re.search(r'hx-get="([^"]+connections/live/[^"]*)"', html)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_the_page_follows_a_sync_to_its_end(
    fake: FakePinterest, org: Organization, admin_client: MemberClient
) -> None:
    link(admin_client, org, fake)
    before = admin_client.get(page(org))
    assert "every " in before.content.decode()
    asked = question(before)

    assert admin_client.get(asked).status_code == 204
    work_all(org, "sync")
    after = admin_client.get(asked)

    # It need not be asked again.
    assert after.status_code == 286
    html = after.content.decode()
    assert html.lstrip().startswith("<div")
    assert "every " not in html
    assert "In line" in before.content.decode()
    assert "In line" not in html
    assert "HX-Request" in after["Vary"]


def test_an_idle_page_asks_nothing_of_itself(
    org: Organization, admin_client: MemberClient, fake: FakePinterest
) -> None:
    html = admin_client.get(page(org)).content.decode()
    assert "connections/live/" in html
    assert "every " not in html
    assert '<meta http-equiv="refresh"' not in " ".join(html.split())
