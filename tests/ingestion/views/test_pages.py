"""The pages of imports, as their people use them."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion.imports.services import receive_files
from ingestion.models import ImportFile, Job, SyncRun
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.support import claimed, import_bytes, make_due, queue_import, work

HTMX = {"HTTP_HX_REQUEST": "true"}


def export(name: str = "pins.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, as_zip(quirky_rows()))


def address(org: Organization, name: str, job: Job | None = None) -> str:
    arguments = {"job_id": job.pk} if job else {}
    return org_reverse(org, f"ingestion:{name}", **arguments)


def job_of(run: SyncRun) -> Job:
    with org_scope(run.org_id):
        return Job.objects.get(pk=run.job_id)


def runs_of(org: Organization) -> list[SyncRun]:
    with org_scope(org.pk):
        return list(SyncRun.objects.filter(kind="import").order_by("created_at", "pk"))


def work_next(org: Organization) -> SyncRun:
    """Work the organization's newest import run."""
    run = runs_of(org)[-1]
    make_due(run.pk, org)
    return work(run)


def html_of(response: Any) -> str:
    """Return the source of a page, single-spaced."""
    return " ".join(response.content.decode().split())


def text_of(response: Any) -> str:
    """Return the words of a page, single-spaced."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


class TestUpload:
    def test_stores_the_file_and_queues_its_check(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(
            address(org, "import_upload"), {"files": [export("a.zip"), export("b.zip")]}
        )

        (run,) = runs_of(org)
        assert response.status_code == HTTPStatus.FOUND
        assert response["Location"] == address(org, "import_detail", job_of(run))
        assert (run.is_dry_run, run.state, run.created_by) == (
            True,
            RunState.QUEUED,
            member_client.user,
        )
        with org_scope(org.pk):
            names = ImportFile.objects.order_by("position").values_list("name", flat=True)
            assert list(names) == ["a.zip", "b.zip"]

    def test_leads_a_script_to_the_import_too(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(
            address(org, "import_upload"), {"files": [export()]}, headers={"HX-Request": "true"}
        )

        assert response["HX-Redirect"] == address(org, "import_detail", job_of(runs_of(org)[0]))

    def test_of_nothing_says_what_to_choose(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(address(org, "import_upload"), {})

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Choose at least one file" in text_of(response)
        assert runs_of(org) == []

    def test_of_an_empty_file_keeps_nothing(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(
            address(org, "import_upload"), {"files": [export(), SimpleUploadedFile("e.zip", b"")]}
        )

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "“e.zip” is empty. Download it again from its source." in text_of(response)
        with org_scope(org.pk):
            assert (Job.objects.count(), ImportFile.objects.count()) == (0, 0)

    @override_settings(IMPORT_MAX_BYTES=100)
    def test_of_a_file_that_is_too_large_says_so_to_a_script(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(
            address(org, "import_upload"), {"files": [export()]}, headers={"HX-Request": "true"}
        )

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "The file is larger than" in text_of(response)
        assert b"<html" not in response.content
        assert runs_of(org) == []

    def test_imports_by_itself_where_that_was_asked(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        member_client.post(
            address(org, "import_upload"), {"files": [export()], "starts_itself": "1"}
        )

        work_next(org)
        run = work_next(org)

        assert (run.is_dry_run, run.state, run.new_count) == (False, RunState.SUCCEEDED, 50)
        assert run.created_by == member_client.user

    def test_is_not_for_viewers(self, org: Organization, client_for: ClientFor) -> None:
        response = client_for(Role.VIEWER).post(
            address(org, "import_upload"), {"files": [export()]}
        )

        assert response.status_code == HTTPStatus.FORBIDDEN
        assert runs_of(org) == []


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

        assert sum("ingestion_" in query["sql"] for query in queries) == 3

    def test_a_viewer_sees_it_without_a_place_to_drop_files(
        self, org: Organization, client_for: ClientFor
    ) -> None:
        response = client_for(Role.VIEWER).get(address(org, "imports"))

        assert response.status_code == HTTPStatus.OK
        assert b"data-dropzone" not in response.content


class TestDetail:
    def test_waits_for_a_word_after_the_check(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()), is_dry_run=True)

        words = text_of(member_client.get(address(org, "import_detail", job_of(run))))

        assert "Ready to import" in words
        assert "This is a Pinterest crawler export with 54 records" in words
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
        assert len(relevant) == 14

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


class TestProgress:
    def test_says_nothing_twice(self, org: Organization, member_client: MemberClient) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        url = address(org, "import_progress", job_of(run))
        first = member_client.get(url, headers={"HX-Request": "true"})

        again = member_client.get(
            f"{url}?seen={first.context['version']}&said={first.context['said']}",
            headers={"HX-Request": "true"},
        )

        assert first.status_code == HTTPStatus.OK
        assert again.status_code == HTTPStatus.NO_CONTENT
        assert again.content == b""

    def test_shows_the_records_of_a_run_at_work(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                raw_count=20, new_count=15, skipped_count=5, bytes_read=500, bytes_total=1000
            )

        response = member_client.get(address(org, "import_progress", job_of(run)))

        html = html_of(response)
        assert 'hx-trigger="every 2s"' in html
        assert re.search(r'<progress class="progress" max="1000" value="500"', html)
        assert "All records read so far 20" in text_of(response)
        assert '"Importing: 50 percent."' in response["HX-Trigger"]

    def test_brings_the_report_once_at_the_end_and_stops(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(
            org, as_json(["only", "words", {"id": "1", "image": None}]), name="p.json"
        )
        url = address(org, "import_progress", job_of(run))

        with_report = member_client.get(f"{url}?rest=0")
        without = member_client.get(f"{url}?rest=1")

        assert (with_report.status_code, without.status_code) == (286, 286)
        assert 'id="import-rest" hx-swap-oob="true"' in html_of(with_report)
        assert b"import-rest" not in without.content
        assert b"hx-trigger" not in without.content

    def test_goes_on_while_pictures_arrive(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = member_client.get(address(org, "import_progress", job_of(run)))

        assert response.status_code == HTTPStatus.OK
        assert "0 done · 48 to do" in text_of(response)
        assert b'hx-trigger="every 5s"' in response.content

    def test_of_a_run_that_waits_says_until_when(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        at = timezone.now().replace(hour=10, minute=5)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                state=RunState.RETRY_WAIT, run_after=at, attempt=2, user_message="Storage is away."
            )

        words = text_of(member_client.get(address(org, "import_progress", job_of(run))))

        assert "Magpie will try again at 10:05 UTC Storage is away." in words
        assert "Attempt 2 of 5" in words


class TestActions:
    def test_start_imports(self, org: Organization, member_client: MemberClient) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows()), is_dry_run=True))

        member_client.post(address(org, "import_start", job))
        member_client.post(address(org, "import_start", job))
        run = work_next(org)

        assert (run.is_dry_run, run.new_count, run.created_by) == (False, 50, member_client.user)
        assert len(runs_of(org)) == 2

    def test_cancel_ends_what_waits(self, org: Organization, member_client: MemberClient) -> None:
        run = queue_import(org, as_zip(quirky_rows()))

        member_client.post(address(org, "import_cancel", job_of(run)))

        (run,) = runs_of(org)
        assert (run.state, run.cancel_requested_by) == (RunState.CANCELLED, member_client.user)
        words = text_of(member_client.get(address(org, "import_detail", job_of(run))))
        assert f"Cancelled by {member_client.user} Nothing was written." in words

    def test_after_a_cancel_it_can_be_imported_after_all(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        member_client.post(address(org, "import_cancel", job_of(run)))

        member_client.post(address(org, "import_start", job_of(run)))

        assert work_next(org).new_count == 50

    def test_discard_deletes_the_files(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows()), is_dry_run=True))

        response = member_client.post(address(org, "import_discard", job))

        assert response["Location"] == address(org, "imports")
        with org_scope(org.pk):
            assert not ImportFile.objects.exclude(storage_key="").exists()
        words = text_of(member_client.get(address(org, "import_detail", job)))
        assert "Discarded" in words
        assert "deleted on" in words

    def test_what_was_discarded_cannot_be_started(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows()), is_dry_run=True))
        member_client.post(address(org, "import_discard", job))

        response = member_client.post(address(org, "import_start", job), follow=True)

        assert "The files of this import were deleted." in text_of(response)
        assert len(runs_of(org)) == 1

    def test_an_import_that_has_begun_is_not_discarded(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = job_of(import_bytes(org, as_zip(quirky_rows())))

        response = member_client.post(address(org, "import_discard", job), follow=True)

        assert "This import has begun" in text_of(response)

    def test_restore_brings_back_what_was_removed(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        import_bytes(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            some = Asset.objects.order_by("pk").values_list("pk", flat=True)[:3]
            Asset.objects.filter(pk__in=list(some)).update(removed_at=timezone.now())
        job = job_of(import_bytes(org, as_zip(quirky_rows())))
        page = text_of(member_client.get(address(org, "import_detail", job)))

        response = member_client.post(address(org, "import_restore", job), follow=True)

        assert "Bring back 3 you removed" in page
        assert "3 brought back from the trash." in text_of(response)
        with org_scope(org.pk):
            assert Asset.objects.present().count() == 50

    def test_get_changes_nothing(self, org: Organization, member_client: MemberClient) -> None:
        job = job_of(queue_import(org, as_zip(quirky_rows())))

        for name in ("start", "check", "cancel", "discard", "restore"):
            response = member_client.get(address(org, f"import_{name}", job))
            assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED


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
            'attachment; filename="my-exportzip-not-ingested.csv"'
        )

    def test_disarms_formulas(self, org: Organization, member_client: MemberClient) -> None:
        rows = [*quirky_rows()[:3], "=HYPERLINK(1)"]
        run = import_bytes(org, as_json(rows), name="pins.json")

        response = member_client.get(address(org, "import_csv", job_of(run)))

        content = response.getvalue().decode()
        assert not re.search(r',"?=HYPERLINK', content)
        assert "HYPERLINK" in content


def test_receiving_writes_nothing_into_the_library(
    org: Organization, member_client: MemberClient
) -> None:
    with org_scope(org.pk):
        receive_files(org, [("pins.zip", export())], by=member_client.user)

        assert not Asset.objects.exists()
