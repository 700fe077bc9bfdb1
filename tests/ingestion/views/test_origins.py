"""Where an asset came from."""

import re
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors.models import Keep
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.ingestion.crawler import FIRST_ID, as_json, pin, quirky_rows
from tests.ingestion.policy.reports import Via, linked, report
from tests.ingestion.support import import_bytes
from tests.ingestion.views.support import HTMX, address, html_of, job_of, text_of
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db


def first_asset(org: Organization) -> Asset:
    with org_scope(org.pk):
        return Asset.objects.get(source_ref=f"pin:{FIRST_ID}")


def origins(org: Organization, asset: Asset) -> str:
    return org_reverse(org, "ingestion:asset_origins", asset_id=asset.pk)


class TestOrigins:
    def test_name_the_connection_and_the_import_that_brought_it(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_json(quirky_rows()), name="pins.json")

        response = member_client.get(origins(org, first_asset(org)), headers=HTMX)

        assert text_of(response).startswith("Pinterest export Export file, first seen")
        assert f'<a href="{address(org, "import_detail", job_of(run))}" >pins.json</a>' in html_of(
            response
        )
        assert "Last changed there" not in text_of(response)
        assert b"<main" not in response.content

    def test_name_the_import_that_changed_it_last(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        import_bytes(org, as_json(quirky_rows()), name="first.json")
        rows = [pin(0, title="Another title"), *quirky_rows()[1:]]
        import_bytes(org, as_json(rows), name="second.json")

        words = text_of(member_client.get(origins(org, first_asset(org)), headers=HTMX))

        assert "first.json" in words.partition("Last changed there")[0]
        assert "second.json" in words.partition("Last changed there")[2]

    def test_name_the_pages_that_show_it(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        import_bytes(org, as_json(quirky_rows()), name="pins.json")
        asset = first_asset(org)
        with org_scope(org.pk):
            places = [{"page": "https://b.example/2", "page_title": "Lamps <b>"}, {"page": "x:y"}]
            raw = {"page": "https://a.example/1", "page_title": "", "elsewhere": places}
            asset.origins.update(via="scrape", raw=raw)

        html = html_of(member_client.get(origins(org, asset), headers=HTMX))

        assert re.findall('href="(http[^"]*)"[^>]*>([^<]*)<', html) == [
            ("https://a.example/1", "https://a.example/1"),
            ("https://b.example/2", "Lamps &lt;b&gt;"),
        ]

    def test_say_what_may_become_of_what_came_through_an_api(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        review(OFFICIAL, keep=Keep.DAYS, keep_days=30, allows_faces=False)
        with org_scope(org.pk):
            asset = make_asset(org)
            report(asset, linked(org, "Pinterest: ada"))
            report(asset, linked(org, "Pinterest: files of ada"), Via.EXPORT)

        words = text_of(member_client.get(origins(org, asset), headers=HTMX))

        rule = "It goes 30 days after its source has last shown it to us. It may be used for AI."
        assert words.count(rule) == 1
        assert rule in words.partition("files of ada")[0]
        review(OFFICIAL, keep=Keep.ALWAYS)
        assert rule not in text_of(member_client.get(origins(org, asset), headers=HTMX))

    def test_are_a_page_without_script(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        import_bytes(org, as_json(quirky_rows()), name="pins.json")
        asset = first_asset(org)

        response = member_client.get(origins(org, asset))

        assert "Where it came from" in text_of(response)
        assert org_reverse(org, "media:asset", asset_id=asset.pk) in html_of(response)

    def test_cost_the_same_for_one_import_and_for_three(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        counted = []
        for title in ("One", "Two", "Three"):
            rows = [pin(0, title=title), *quirky_rows()[1:]]
            import_bytes(org, as_json(rows), name=f"{title}.json")
            url = origins(org, first_asset(org))
            member_client.get(url)
            with CaptureQueriesContext(connection) as queries:
                member_client.get(url)
            counted.append(len(queries))

        assert counted[0] == counted[2]

    def test_of_another_organizations_asset_do_not_exist(
        self, org: Organization, other_org: Organization, member_client: MemberClient
    ) -> None:
        import_bytes(other_org, as_json(quirky_rows()), name="pins.json")

        response = member_client.get(origins(org, first_asset(other_org)))

        assert response.status_code == HTTPStatus.NOT_FOUND
