"""Bringing files."""

from http import HTTPStatus
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from ingestion.imports.services import receive_files
from ingestion.models import ImportFile, Job
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.connectors.readers.scraper_database import scraped, write_database
from tests.ingestion.views.support import address, export, job_of, runs_of, text_of, work_next


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
            assert not Job.objects.filter(kind="import").exists()
            assert not ImportFile.objects.exists()

    def test_of_a_database_takes_the_empty_log_beside_it(
        self, org: Organization, member_client: MemberClient, tmp_path: Path
    ) -> None:
        database = write_database(tmp_path / "pinterest.db", [scraped(1)]).read_bytes()
        files = [
            SimpleUploadedFile("pinterest.db", database),
            SimpleUploadedFile("pinterest.db-wal", b""),
        ]

        response = member_client.post(address(org, "import_upload"), {"files": files})

        assert response.status_code == HTTPStatus.FOUND
        work_next(org)
        (run,) = runs_of(org)
        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)

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


def test_receiving_writes_nothing_into_the_library(
    org: Organization, member_client: MemberClient
) -> None:
    with org_scope(org.pk):
        receive_files(org, [("pins.zip", export())], by=member_client.user)

        assert not Asset.objects.exists()
