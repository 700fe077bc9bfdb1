"""Bytes of imports: stored outside of any transaction, and never without their rows."""

import io
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client, override_settings

from connectors.errors import FileRefusedError
from connectors.readers import open_import
from ingestion.imports.resume import adopt, find_unfinished
from ingestion.imports.services import receive_files
from ingestion.models import ImportFile, Job
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor
from tests.factories import MembershipFactory, OrganizationFactory
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.storages import BreakingStorage, WatchedStorage, files_below, stored_by
from tests.tenants.tokens import bearer, token_of


def export() -> SimpleUploadedFile:
    return SimpleUploadedFile("pins.zip", as_zip(quirky_rows()))


def content() -> io.BytesIO:
    return io.BytesIO(as_json(quirky_rows()))


@pytest.mark.django_db(transaction=True)
class TestNoTransactionIsOpen:
    def test_while_a_page_stores(self, client_for: ClientFor, tmp_path: Path) -> None:
        client = client_for(Role.EDITOR)
        address = org_reverse(client.membership.org, "ingestion:import_upload")

        with stored_by(WatchedStorage, tmp_path):
            response = client.post(address, {"files": [export(), export()]})

        assert response.status_code == HTTPStatus.FOUND
        assert WatchedStorage.in_transaction == [False, False]

    def test_while_the_api_stores(self, org: Organization, client: Client, tmp_path: Path) -> None:
        headers = bearer(token_of(MembershipFactory.create(org=org, role=Role.EDITOR)))

        with stored_by(WatchedStorage, tmp_path):
            response = client.post("/api/v1/imports", {"files": [export()]}, headers=headers)

        assert response.status_code == HTTPStatus.ACCEPTED
        assert WatchedStorage.in_transaction == [False]

    def test_while_the_command_line_stores(self, org: Organization, tmp_path: Path) -> None:
        MembershipFactory.create(org=org)
        path = tmp_path / "pins.zip"
        path.write_bytes(as_zip(quirky_rows()))

        with stored_by(WatchedStorage, tmp_path / "storage"):
            call_command("import_export", str(path), org=org.slug, stdout=io.StringIO())

        assert WatchedStorage.in_transaction == [False]


class TestNothingStaysBehind:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "storage"

    def test_where_the_storage_breaks_off(self, org: Organization, folder: Path) -> None:
        files = [("a.json", content()), ("b.json", content())]

        with stored_by(BreakingStorage, folder), pytest.raises(OSError, match="disk is full"):
            receive_files(org, files, by=None)

        self._nothing_is_there(org, folder)

    def test_where_it_breaks_off_on_the_command_line(self, org: Organization, folder: Path) -> None:
        files = [("a.json", content()), ("b.json", content())]
        reader = open_import([content()])

        with stored_by(BreakingStorage, folder), pytest.raises(OSError, match="disk is full"):
            adopt(org, files, reader)

        self._nothing_is_there(org, folder)

    @override_settings(IMPORT_MAX_BYTES=100)
    def test_where_the_second_file_is_too_large(self, org: Organization, folder: Path) -> None:
        files = [("a.json", io.BytesIO(b"[]")), ("b.json", content())]

        with (
            stored_by(WatchedStorage, folder),
            pytest.raises(FileRefusedError, match="larger than"),
        ):
            receive_files(org, files, by=None)

        assert WatchedStorage.in_transaction == []
        self._nothing_is_there(org, folder)

    def _nothing_is_there(self, org: Organization, folder: Path) -> None:
        with org_scope(org.pk):
            assert not Job.objects.filter(kind="import").exists()
            assert not ImportFile.objects.exists()
        assert files_below(folder) == []


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_behind_where_the_rows_cannot_be_committed(tmp_path: Path) -> None:
    gone = OrganizationFactory.build()

    with stored_by(FileSystemStorage, tmp_path), pytest.raises(IntegrityError):
        receive_files(gone, [("a.json", content())], by=None)

    assert files_below(tmp_path) == []


class TestUploadPage:
    def test_reads_no_byte_of_who_may_not_import(
        self, org: Organization, client_for: ClientFor
    ) -> None:
        address = org_reverse(org, "ingestion:import_upload")

        response = client_for(Role.VIEWER).post(address, {"files": [export()]})

        assert response.status_code == HTTPStatus.FORBIDDEN
        assert not hasattr(response.wsgi_request, "_files")

    def test_refuses_a_forged_request(self, org: Organization) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(MembershipFactory.create(org=org, role=Role.EDITOR).user)

        response = client.post(org_reverse(org, "ingestion:import_upload"), {"files": [export()]})

        assert response.status_code == HTTPStatus.FORBIDDEN
        with org_scope(org.pk):
            assert not Job.objects.filter(kind="import").exists()


def test_files_that_were_deleted_are_brought_anew(org: Organization) -> None:
    reader = open_import([content()])
    run = adopt(org, [("pins.json", content())], reader)
    with org_scope(org.pk):
        file = ImportFile.objects.get(job_id=run.job_id)
        assert find_unfinished(org, [file.sha256]) is not None

        ImportFile.objects.filter(pk=file.pk).update(storage_key="")

        assert find_unfinished(org, [file.sha256]) is None
