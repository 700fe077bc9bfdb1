"""One import: what is in it, what became of it, and what was left out."""

import re
from http import HTTPStatus

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion.models import ImportFile, SyncRun
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.support import import_bytes, queue_run, work
from tests.ingestion.views.support import (
    address,
    html_of,
    job_of,
    text_of,
    work_next,
)


def shorten(run: SyncRun, content: bytes) -> None:
    """Put ``content`` in the place of the file of ``run``'s import."""
    with org_scope(run.org_id):
        [key] = ImportFile.objects.filter(job=run.job_id).values_list("storage_key", flat=True)
    default_storage.delete(key)
    assert default_storage.save(key, ContentFile(content)) == key


class TestDetail:
    def test_waits_for_a_word_after_the_check(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()), is_dry_run=True)

        words = text_of(member_client.get(address(org, "import_detail", job_of(run))))

        assert "Ready to import" in words
        assert "This is a Pinterest crawler export with 54 records" in words
        assert "2 of the records are doubles within the file: they add to an asset" in words
        assert "Import 50 records" in words
        assert "The same data in another format" in words
        with org_scope(org.pk):
            assert not Asset.objects.exists()

    def test_reports_figures_that_add_up(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = member_client.get(address(org, "import_detail", job_of(run)))

        words = text_of(response)
        assert "All records 54" in words
        assert "New of them 2 without a picture at the source 50" in words
        assert "Not ingested: 4" in words
        html = html_of(response)
        widths = [
            float(width)
            for width in re.findall(r'<rect class="[^"]+" x="[^"]+" width="([^"]+)"', html)
        ]
        assert sum(widths) == pytest.approx(100, abs=0.01)
        assert "style=" not in html

    def test_lists_what_was_not_ingested_by_reason_and_page(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.views.detail.ROWS", 2)
        run = import_bytes(org, as_zip(quirky_rows()))
        url = address(org, "import_detail", job_of(run))

        first = member_client.get(url).context["rows"]
        second = member_client.get(f"{url}?after=51").context["rows"]
        doubles = member_client.get(f"{url}?reason=duplicate_in_file").context["rows"]

        assert [row.ordinal for row, _ in first] == [50, 51]
        assert [row.ordinal for row, _ in second] == [52, 53]
        assert [row.ordinal for row, _ in doubles] == [50, 51]

    @pytest.mark.parametrize("is_dry_run", [True, False])
    def test_of_an_export_without_saved_items_says_so(
        self, org: Organization, member_client: MemberClient, *, is_dry_run: bool
    ) -> None:
        run = import_bytes(org, b'{"saves_v2": []}', name="saves.json", is_dry_run=is_dry_run)

        words = text_of(member_client.get(address(org, "import_detail", job_of(run))))

        verb = "holds" if is_dry_run else "held"
        assert f"and it {verb} no saved items" in words
        assert "There are no saved items in it" in words
        assert "in your library already" not in words

    def test_of_an_unreadable_file_says_what_to_do(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        member_client.post(
            address(org, "import_upload"),
            {"files": [SimpleUploadedFile("notes.txt", b"only a few words\n" * 20)]},
        )
        run = work_next(org)

        words = text_of(member_client.get(address(org, "import_detail", job_of(run))))

        assert run.state == RunState.ACTION_REQUIRED
        assert "Cannot be read" in words
        assert "Nothing in it looks like an export that Magpie knows." in words
        assert "Try again" in words
        assert "Discard" in words

    def test_of_a_file_that_broke_off_says_how_far_it_came_and_what_to_do(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        content = as_json(quirky_rows())
        check = import_bytes(org, content, name="pins.json", is_dry_run=True)
        shorten(check, content[: 2 * len(content) // 3])
        run = work(queue_run(job_of(check)))
        url = address(org, "import_detail", job_of(run))

        words = text_of(member_client.get(url))
        listed = text_of(member_client.get(address(org, "imports")))

        assert run.state == RunState.ACTION_REQUIRED
        assert 0 < run.raw_count < check.raw_count
        assert "“pins.json” breaks off" in words
        assert f"{run.raw_count} of the {check.raw_count} records that the check found" in words
        assert "Try again" in words
        assert "Bring another file" in words
        assert "“pins.json” breaks off" in listed

    @pytest.mark.parametrize("count", [3, 54])
    def test_costs_the_same_for_any_number_of_records(
        self, org: Organization, member_client: MemberClient, count: int
    ) -> None:
        run = import_bytes(org, as_json(quirky_rows()[-count:]), name="pins.json")
        url = address(org, "import_detail", job_of(run))
        member_client.get(url)

        with CaptureQueriesContext(connection) as queries:
            member_client.get(url)

        relevant = [q for q in queries if "ingestion_" in q["sql"] or "media_" in q["sql"]]
        assert len(relevant) == 8

    def test_another_organizations_import_does_not_exist(
        self, org: Organization, other_org: Organization, member_client: MemberClient
    ) -> None:
        theirs = job_of(import_bytes(other_org, as_zip(quirky_rows())))

        for name in ("import_detail", "import_progress", "import_csv"):
            response = member_client.get(address(org, name, theirs))
            assert response.status_code == HTTPStatus.NOT_FOUND
        for name in ("start", "check", "cancel", "discard", "restore"):
            response = member_client.post(address(org, f"import_{name}", theirs))
            assert response.status_code == HTTPStatus.NOT_FOUND
