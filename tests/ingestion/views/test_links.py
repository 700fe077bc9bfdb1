"""What the page of an asset, and the API, say of the page that it links to."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import override_settings
from django.utils import timezone

from ingestion.models import SyncRun
from media.models import Asset, LinkPreview, StageState
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db

SINCE = dt.datetime(2026, 9, 4, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _checked() -> Iterator[None]:
    """Have links checked."""
    with override_settings(ENRICH_LINKS=True):
        yield


@pytest.fixture
def gone(org: Organization) -> Asset:
    """An asset whose page is gone, and said hostile things while it was there."""
    asset = make_asset(
        org, source="facebook", link_url="https://example.com/a", media_status="link_only"
    )
    with org_scope(org.pk):
        LinkPreview.objects.create(
            org=org,
            asset=asset,
            url=asset.link_url,
            title="<script>alert(1)</script>",
            site_name="The Example",
            health="gone",
            health_since=SINCE,
            failures=2,
            failing_since=SINCE,
        )
        StageState.objects.create(org=org, asset=asset, stage="links", status="done")
    return asset


class TestAGoneLink:
    def test_is_told_with_the_day_and_what_the_page_had_said(
        self, org: Organization, gone: Asset, client_for: ClientFor
    ) -> None:
        page = client_for(Role.EDITOR).get(f"/o/{org.slug}/assets/{gone.pk}/").content.decode()

        assert "since 4 September 2026" in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert(1)" not in page
        assert "Look again" in page

    def test_is_put_in_line_once_by_who_asks(
        self, org: Organization, gone: Asset, client_for: ClientFor
    ) -> None:
        client = client_for(Role.EDITOR)
        url = f"/o/{org.slug}/assets/{gone.pk}/link/look-again/"

        first = client.post(url, headers={"HX-Request": "true"})
        client.post(url)

        assert first.status_code == 200
        assert "checked again shortly" in first.content.decode()
        with org_scope(org.pk):
            unit = StageState.objects.get()
            assert (unit.status, unit.former, unit.attempts) == ("pending", "done", 0)
            assert SyncRun.objects.open().filter(kind="links").count() == 1

    def test_is_not_put_in_line_by_a_viewer_nor_where_links_are_left_alone(
        self, org: Organization, gone: Asset, client_for: ClientFor
    ) -> None:
        url = f"/o/{org.slug}/assets/{gone.pk}/link/look-again/"

        assert client_for(Role.VIEWER).post(url).status_code == 403
        with override_settings(ENRICH_LINKS=False):
            client_for(Role.EDITOR).post(url)

        with org_scope(org.pk):
            assert StageState.objects.get().status == "done"

    def test_is_in_the_api(self, org: Organization, gone: Asset, client_for: ClientFor) -> None:
        client = client_for(Role.VIEWER)
        headers = {"X-Magpie-Org": org.slug}

        body = client.get(f"/api/v1/assets/{gone.pk}", headers=headers).json()
        found = client.get("/api/v1/assets?link=gone", headers=headers).json()

        assert (body["link_health"], body["preview"]["site_name"]) == ("gone", "The Example")
        assert [row["id"] for row in found["results"]] == [str(gone.pk)]


def test_nothing_is_said_of_a_link_that_nobody_checks(
    org: Organization, client_for: ClientFor
) -> None:
    asset = make_asset(org, pictures=1, link_url="https://example.com/", saved_at=timezone.now())

    page = client_for(Role.EDITOR).get(f"/o/{org.slug}/assets/{asset.pk}/")

    assert "Linked page" not in page.content.decode()
