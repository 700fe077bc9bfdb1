"""Imports that were stopped on the command line: gone on with from anywhere, not kept for ever."""

import datetime as dt

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from django.utils import timezone

from connectors.errors import FetchError
from ingestion.engine import claims, runs
from ingestion.imports import kind
from ingestion.imports.foreground import hold, reload
from ingestion.imports.services import check_again, resume_import, start_import
from ingestion.models import ImportFile, RunEvent, SyncRun
from ingestion.models.run import RunState
from ingestion.taxonomy import classify
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.factories import MembershipFactory
from tests.ingestion.crawler import as_json, as_zip, pin, quirky_rows
from tests.ingestion.support import claimed, queue_import, tidy, work
from tests.ingestion.views.support import address, job_of, text_of
from tests.tenants.tokens import bearer, token_of


@pytest.fixture
def run(org: Organization, monkeypatch: pytest.MonkeyPatch) -> SyncRun:
    """An import of 95 records, stopped after its first page of ten."""
    monkeypatch.setattr(kind, "PAGE_SIZE", 10)
    run = queue_import(org, as_json([pin(number) for number in range(95)]), name="pins.json")
    work(run, stop=lambda: True)
    hold(run)
    return reload(run)


class TestHold:
    def test_keeps_the_run_from_the_workers(self, run: SyncRun) -> None:
        assert (run.is_held, run.raw_count) == (True, 10)
        assert claims.claim() is None

    def test_takes_one_that_waits_for_a_retry(self, org: Organization) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        held = claimed(run)
        with org_scope(org.pk):
            runs.fail_run(held, classify(FetchError("Away.", fetch_code="network")))

        hold(run)

        run = reload(run)
        assert (run.is_held, run.user_message, run.error_code) == (True, "", "")

    def test_leaves_what_was_cancelled_alone(self, org: Organization) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            runs.request_cancel(run, by=None)

        hold(run)

        assert reload(run).state == RunState.CANCELLED


class TestGoingOn:
    @pytest.mark.parametrize("service", [resume_import, lambda job: start_import(job, by=None)])
    def test_goes_on_behind_the_last_page(self, run: SyncRun, service: object) -> None:
        assert callable(service)
        with org_scope(run.org_id):
            service(job_of(run))

        run = work(run)

        assert (run.state, run.raw_count, run.new_count) == (RunState.SUCCEEDED, 95, 95)
        with org_scope(run.org_id):
            assert SyncRun.objects.filter(kind="import").count() == 1
            names = RunEvent.objects.filter(run=run).values_list("name", flat=True)
            assert {"held", "resumed"} <= set(names)

    def test_a_check_goes_on_as_a_check(self, org: Organization) -> None:
        look = queue_import(org, as_zip(quirky_rows()), is_dry_run=True)
        hold(look)

        with org_scope(org.pk):
            again = check_again(job_of(look), by=None)

        assert again.pk == look.pk
        assert not reload(look).is_held

    def test_what_is_not_held_stays_as_it_is(self, org: Organization) -> None:
        run = queue_import(org, as_zip(quirky_rows()))

        with org_scope(org.pk):
            assert not resume_import(job_of(run))


class TestPage:
    def test_says_how_to_go_on_and_does_so(self, run: SyncRun, member_client: MemberClient) -> None:
        org, job = member_client.membership.org, job_of(run)
        before = text_of(member_client.get(address(org, "import_detail", job)))

        response = member_client.post(address(org, "import_resume", job), follow=True)

        assert "Stopped by you on the command line" in before
        assert "Go on here or with the same command." in before
        assert "command line" not in text_of(response)
        assert not reload(run).is_held

    def test_asks_seldom_for_news(self, run: SyncRun, member_client: MemberClient) -> None:
        org = member_client.membership.org

        response = member_client.get(address(org, "import_progress", job_of(run)))

        assert b'hx-trigger="every 15s"' in response.content

    def test_shows_viewers_no_button(self, run: SyncRun, client_for: ClientFor) -> None:
        client = client_for(Role.VIEWER)

        response = client.get(address(client.membership.org, "import_detail", job_of(run)))

        assert b"import-resume" not in response.content

    def test_says_so_where_nothing_was_stopped(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = job_of(queue_import(org, as_zip(quirky_rows())))

        response = member_client.post(address(org, "import_resume", job), follow=True)

        assert "Nothing of it was stopped" in text_of(response)


def test_the_api_says_so_and_goes_on(org: Organization, run: SyncRun, client: Client) -> None:
    headers = bearer(token_of(MembershipFactory.create(org=org, role=Role.EDITOR)))
    url = f"/api/v1/imports/{run.job_id}"

    before = client.get(url, headers=headers).json()
    after = client.post(f"{url}/resume", headers=headers)

    assert before["phase"] == "held"
    assert (after.status_code, after.json()["phase"]) == (202, "importing")
    assert after.json()["run"]["id"] == str(run.pk)


class TestForgotten:
    @pytest.fixture(autouse=True)
    def arrange(self, org: Organization) -> None:
        self.org = org

    def tidy_after(self, days: float) -> None:
        with time_machine.travel(timezone.now() + dt.timedelta(days=days), tick=False):
            tidy(self.org)

    def test_is_kept_for_thirty_days(self, run: SyncRun) -> None:
        self.tidy_after(29.9)

        assert reload(run).is_held

    def test_is_cancelled_then_and_says_why(
        self, run: SyncRun, member_client: MemberClient
    ) -> None:
        self.tidy_after(30.1)

        org, job = member_client.membership.org, job_of(run)
        run = reload(run)
        assert (run.state, run.error_code) == (RunState.CANCELLED, "held_too_long")
        words = text_of(member_client.get(address(org, "import_detail", job)))
        assert "nobody went on with it for 30 days" in words
        assert "Import it after all" in words

    def test_its_files_age_from_then_on(self, run: SyncRun) -> None:
        with org_scope(run.org_id):
            key = ImportFile.objects.get(job_id=run.job_id).storage_key

        self.tidy_after(30.1)
        self.tidy_after(59.9)
        assert default_storage.exists(key)
        self.tidy_after(60.2)

        assert not default_storage.exists(key)

    @override_settings(IMPORT_FILE_DAYS=3)
    def test_follows_the_setting(self, run: SyncRun) -> None:
        self.tidy_after(3.1)

        assert reload(run).state == RunState.CANCELLED
