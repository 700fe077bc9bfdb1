"""The pictures of one import, whatever other imports have brought."""

from http import HTTPStatus

import pytest
from pytest_django import Settings

from ingestion.models import SyncRun
from media.models import StageState
from media.models.stage import StageStatus
from tenants.models import Organization
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.crawler import as_json, quirky_rows
from tests.ingestion.support import import_bytes
from tests.ingestion.views.support import address, job_of, text_of

STAND_IN = "This demo fetches only its own pictures."


def end_fetches(org: Organization, status: StageStatus, code: str = "") -> None:
    """End all pictures that are left to fetch."""
    with org_scope(org.pk):
        StageState.objects.filter(status=StageStatus.PENDING).update(status=status, error_code=code)


def words_of(client: MemberClient, org: Organization, run: SyncRun) -> str:
    return text_of(client.get(address(org, "import_detail", job_of(run))))


def brought(org: Organization, rows: slice, name: str) -> SyncRun:
    return import_bytes(org, as_json(quirky_rows()[rows]), name=name)


class TestOwnPictures:
    def test_do_not_count_those_of_another_import(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        first = brought(org, slice(9), "first.json")
        end_fetches(org, StageStatus.DONE)
        second = brought(org, slice(14, 34), "second.json")
        end_fetches(org, StageStatus.FAILED, "not_found")

        assert "No picture of this import is left to fetch" in words_of(member_client, org, first)
        assert "Of this import 20 could not be fetched" in words_of(member_client, org, second)

    def test_stay_done_while_another_import_goes_on(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        first = brought(org, slice(9), "first.json")
        end_fetches(org, StageStatus.DONE)
        brought(org, slice(14, 34), "second.json")

        answer = member_client.get(address(org, "import_progress", job_of(first)))

        assert answer.status_code == 286
        assert "No picture of this import is left to fetch" in text_of(answer)

    def test_are_those_of_a_later_import_of_the_same_records_too(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        brought(org, slice(9), "first.json")
        again = brought(org, slice(8), "again.json")

        assert "0 done · 8 to do" in words_of(member_client, org, again)


class TestALargeImport:
    @pytest.fixture(autouse=True)
    def every_import_is_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ingestion.imports.pictures.MOST_OWN", 5)

    def test_shows_the_figures_of_the_library_and_says_so(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        run = brought(org, slice(9), "first.json")
        brought(org, slice(14, 34), "second.json")

        at_work = words_of(member_client, org, run)
        end_fetches(org, StageStatus.FAILED, "not_found")
        done = words_of(member_client, org, run)

        assert "0 done · 29 to do" in at_work
        assert "Of the whole library, what other imports brought included." in at_work
        assert "Done. In the whole library 29 could not be fetched" in done

    def test_stays_done_while_another_import_goes_on(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        first = brought(org, slice(9), "first.json")
        end_fetches(org, StageStatus.DONE)
        second = brought(org, slice(14, 34), "second.json")

        done = member_client.get(address(org, "import_progress", job_of(first)))
        going_on = member_client.get(address(org, "import_progress", job_of(second)))

        assert done.status_code == 286
        assert going_on.status_code == HTTPStatus.OK


class TestADemoThatAnswersForTheSource:
    def test_says_that_it_fetches_only_its_own(
        self, org: Organization, member_client: MemberClient, settings: Settings
    ) -> None:
        settings.FETCH_HOST_MAP = {"i.pinimg.com": "127.0.0.1:1"}
        run = brought(org, slice(9), "first.json")
        end_fetches(org, StageStatus.FAILED, "forbidden")

        words = words_of(member_client, org, run)

        assert STAND_IN in words
        assert "make run DEMO=0" in words

    def test_is_not_said_where_the_source_itself_answers(
        self, org: Organization, member_client: MemberClient, settings: Settings
    ) -> None:
        settings.FETCH_HOST_MAP = {}
        run = brought(org, slice(9), "first.json")
        end_fetches(org, StageStatus.FAILED, "forbidden")

        assert STAND_IN not in words_of(member_client, org, run)
