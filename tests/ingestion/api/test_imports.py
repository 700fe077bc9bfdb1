"""Imports over the API: bringing, starting, watching, reading."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ingestion.models import SyncRun
from ingestion.models.run import RunState
from tenants.models import Membership, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.factories import MembershipFactory
from tests.ingestion.crawler import as_json, as_zip, quirky_rows
from tests.ingestion.support import import_bytes, make_due, queue_import, work

IMPORTS = "/api/v1/imports"


def export() -> SimpleUploadedFile:
    return SimpleUploadedFile("pins.zip", as_zip(quirky_rows()))


class TestBringing:
    def test_is_accepted_and_queues_the_check(
        self, org: Organization, caller: Membership, client: Client, headers: dict[str, str]
    ) -> None:
        response = client.post(IMPORTS, {"files": [export(), export()]}, headers=headers)

        body = response.json()
        assert response.status_code == 202
        assert (body["phase"], body["run"]) == ("checking", None)
        assert body["created_by"]["id"] == str(caller.user_id)
        assert [file["name"] for file in body["files"]] == ["pins.zip", "pins.zip"]
        with org_scope(org.pk):
            assert SyncRun.objects.get().is_dry_run

    def test_of_nothing_is_refused(self, client: Client, headers: dict[str, str]) -> None:
        response = client.post(IMPORTS, {}, headers=headers)

        assert response.status_code == 400
        assert response.json()["code"] == "invalid"

    def test_of_an_empty_file_is_refused_with_its_code(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        response = client.post(
            IMPORTS, {"files": [SimpleUploadedFile("a.zip", b"")]}, headers=headers
        )

        assert response.status_code == 422
        assert response.json()["code"] == "upload_refused"
        with org_scope(org.pk):
            assert not SyncRun.objects.exists()

    def test_imports_by_itself_where_that_is_asked(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        client.post(IMPORTS, {"files": [export()], "starts_itself": "true"}, headers=headers)

        self._work_newest(org)
        run = self._work_newest(org)

        assert (run.is_dry_run, run.new_count) == (False, 50)

    def _work_newest(self, org: Organization) -> SyncRun:
        with org_scope(org.pk):
            run = SyncRun.objects.filter(kind="import").latest("created_at", "pk")
        make_due(run.pk, org)
        return work(run)

    def test_is_not_for_viewers(self, org: Organization, client: Client) -> None:
        session = MembershipFactory.create(org=org, role=Role.VIEWER)
        client.force_login(session.user)

        response = client.post(IMPORTS, {"files": [export()]}, headers={"X-Magpie-Org": org.slug})

        assert response.status_code == 403


class TestReading:
    def test_one_has_its_report(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        body = client.get(f"{IMPORTS}/{run.job_id}", headers=headers).json()

        report = body["report"]
        assert (body["phase"], body["source"]) == ("imported", "pinterest")
        assert report["raw"] == 54 == report["new"] + report["skipped"]
        assert (report["parsed"], report["reference_only"]) == (52, 2)
        assert {each["reason"] for each in report["reasons"]} == {
            "bad_type",
            "error_row",
            "duplicate_in_file",
        }

    def test_the_list_is_newest_first_and_has_pages(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        jobs = [
            str(queue_import(org, as_json(quirky_rows()), name="p.json").job_id) for _ in range(3)
        ]

        first = client.get(f"{IMPORTS}?limit=2", headers=headers).json()
        second = client.get(first["next"], headers=headers).json()

        assert [each["id"] for each in first["results"]] == [jobs[2], jobs[1]]
        assert [each["id"] for each in second["results"]] == [jobs[0]]
        assert second["next"] is None

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_list_costs_the_same_for_any_number(
        self, org: Organization, client: Client, headers: dict[str, str], count: int
    ) -> None:
        for _ in range(count):
            import_bytes(org, as_json(quirky_rows()), name="pins.json")

        with CaptureQueriesContext(connection) as queries:
            client.get(IMPORTS, headers=headers)

        assert sum("ingestion_" in query["sql"] for query in queries) == 3

    def test_items_say_what_became_of_each_record(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))
        url = f"{IMPORTS}/{run.job_id}/items"

        first = client.get(f"{url}?limit=30", headers=headers).json()
        rest = client.get(first["next"], headers=headers).json()
        skipped = client.get(f"{url}?outcome=skipped", headers=headers).json()

        places = [item["ordinal"] for item in (*first["results"], *rest["results"])]
        assert places == list(range(54))
        assert [item["ordinal"] for item in skipped["results"]] == [50, 51, 52, 53]
        assert skipped["results"][0]["explanation"].startswith("A double within the file")

    def test_items_know_only_the_five_outcomes(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = client.get(f"{IMPORTS}/{run.job_id}/items?outcome=lost", headers=headers)

        assert response.status_code == 400

    def test_csv_lists_what_was_not_ingested(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = client.get(f"{IMPORTS}/{run.job_id}/not-ingested.csv", headers=headers)

        lines = response.getvalue().decode().splitlines()
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert len(lines) == 5

    def test_a_run_can_be_looked_at(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        body = client.get(f"/api/v1/runs/{run.pk}", headers=headers).json()

        assert (body["state"], body["raw_count"], body["parsed_count"]) == ("succeeded", 54, 52)

    def test_another_organizations_import_and_run_do_not_exist(
        self, other_org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = import_bytes(other_org, as_zip(quirky_rows()))

        for path in (f"imports/{run.job_id}", f"imports/{run.job_id}/items", f"runs/{run.pk}"):
            assert client.get(f"/api/v1/{path}", headers=headers).status_code == 404
        for name in ("start", "cancel", "discard"):
            response = client.post(f"{IMPORTS}/{run.job_id}/{name}", headers=headers)
            assert response.status_code == 404


class TestActing:
    def test_start_queues_one_run(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        look = import_bytes(org, as_zip(quirky_rows()), is_dry_run=True)
        url = f"{IMPORTS}/{look.job_id}/start"

        first, second = (client.post(url, headers=headers).json() for _ in range(2))

        assert (first["phase"], first["run"]["state"]) == ("importing", "queued")
        assert first["run"]["id"] == second["run"]["id"]

    def test_cancel_ends_what_waits(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = queue_import(org, as_zip(quirky_rows()))

        body = client.post(f"{IMPORTS}/{run.job_id}/cancel", headers=headers).json()

        assert (body["phase"], body["run"]["state"]) == ("cancelled", RunState.CANCELLED)

    def test_discard_deletes_the_files(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        look = import_bytes(org, as_zip(quirky_rows()), is_dry_run=True)

        body = client.post(f"{IMPORTS}/{look.job_id}/discard", headers=headers).json()

        assert body["phase"] == "discarded"
        assert body["files"][0]["deleted_at"] is not None

    def test_discard_of_what_has_begun_is_refused(
        self, org: Organization, client: Client, headers: dict[str, str]
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        response = client.post(f"{IMPORTS}/{run.job_id}/discard", headers=headers)

        assert (response.status_code, response.json()["code"]) == (409, "not_ready")
