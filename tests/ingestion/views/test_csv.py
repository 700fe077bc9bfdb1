"""The records that were not ingested, as a file."""

import re

import pytest

from tenants.models import Organization
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.support import import_bytes
from tests.ingestion.views.support import (
    address,
    job_of,
)


class TestCsv:
    def test_has_a_line_for_each_record(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()), name="My export.zip")

        response = member_client.get(address(org, "import_csv", job_of(run)))

        lines = response.getvalue().decode("utf-8-sig").splitlines()
        assert lines[0] == "record,outcome,reason,explanation,ref,excerpt"
        assert [line.split(",")[0] for line in lines[1:]] == ["51", "52", "53", "54"]
        assert response["Content-Disposition"] == (
            'attachment; filename="my-export-not-ingested.csv"'
        )

    @pytest.mark.parametrize(
        ("name", "stem"),
        [
            ("dataset_pinterest-338.reconstructed.zip", "dataset_pinterest-338"),
            ("pins.json", "pins"),
            ("Pins 2026.11.21.json", "pins-2026-11-21"),
            ("no-ending", "no-ending"),
            ("….zip", "import"),
        ],
    )
    def test_is_named_after_the_file_without_its_endings(
        self, org: Organization, member_client: MemberClient, name: str, stem: str
    ) -> None:
        run = import_bytes(org, as_json(quirky_rows()[:1]), name=name)

        response = member_client.get(address(org, "import_csv", job_of(run)))

        assert response.getvalue()
        assert response["Content-Disposition"] == (
            f'attachment; filename="{stem}-not-ingested.csv"'
        )

    def test_disarms_formulas(self, org: Organization, member_client: MemberClient) -> None:
        rows = [*quirky_rows()[:3], "=HYPERLINK(1)"]
        run = import_bytes(org, as_json(rows), name="pins.json")

        response = member_client.get(address(org, "import_csv", job_of(run)))

        content = response.getvalue().decode()
        assert not re.search(r',"?=HYPERLINK', content)
        assert "HYPERLINK" in content
