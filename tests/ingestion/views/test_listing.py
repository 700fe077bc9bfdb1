"""The list of what was brought so far."""

import re
from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.models import Organization
from tenants.permissions import Role
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.support import import_bytes, queue_import
from tests.ingestion.views.support import (
    address,
    text_of,
)


class TestImportList:
    def test_empty_says_what_to_do(self, org: Organization, member_client: MemberClient) -> None:
        response = member_client.get(address(org, "imports"))

        assert "Nothing imported yet" in text_of(response)

    def test_shows_each_import_with_its_figures(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        import_bytes(org, as_zip(quirky_rows()), name="mine.zip")

        words = text_of(member_client.get(address(org, "imports")))

        assert "mine.zip Pinterest crawler export" in words
        assert "54 records: 50 new, 0 updated, 0 unchanged, 4 skipped, 0 failed" in words
        assert "Imported" in words

    def test_has_pages(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.imports.queries.PAGE_SIZE", 2)
        for number in range(5):
            queue_import(org, as_json(quirky_rows()), name=f"file-{number}.json")
        seen: list[str] = []
        url = address(org, "imports")
        while url:
            html = member_client.get(url).content.decode()
            seen += re.findall(r"file-\d\.json", html)
            following = re.search(r'rel="next" href="([^"]+)"', html)
            url = address(org, "imports") + following[1] if following else ""

        assert seen == [f"file-{number}.json" for number in (4, 3, 2, 1, 0)]

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_any_number(
        self, org: Organization, member_client: MemberClient, count: int
    ) -> None:
        for _ in range(count):
            import_bytes(org, as_json(quirky_rows()), name="pins.json")
        member_client.get(address(org, "imports"))

        with CaptureQueriesContext(
            connection,
        ) as queries:
            member_client.get(address(org, "imports"))

        assert sum("ingestion_" in query["sql"] for query in queries) == 4

    def test_a_viewer_sees_it_without_a_place_to_drop_files(
        self, org: Organization, client_for: ClientFor
    ) -> None:
        response = client_for(Role.VIEWER).get(address(org, "imports"))

        assert response.status_code == HTTPStatus.OK
        assert b"data-dropzone" not in response.content
