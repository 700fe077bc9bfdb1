"""What people ask of jobs beyond a plain run: a trial, a window of time, an earlier checkpoint."""

import datetime as dt
from http import HTTPStatus
from typing import Any

import pytest

from ingestion.models import CheckpointHistory, Job, SourceCheckpoint, SyncRun
from ingestion.models.run import RunMode
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.pipelines.support import ago, make_source
from tests.ingestion.views.support import (
    HTMX,
    address,
    export,
    html_of,
    job_of,
    text_of,
    work_next,
)

MAY = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
JUNE = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)


@pytest.fixture
def job(org: Organization) -> Job:
    """The job of a drop folder that stood at two files yesterday, and at three by now."""
    connection, made, _ = make_source(org)
    with org_scope(org.pk):
        mark = SourceCheckpoint.objects.create(
            org=org,
            connection=connection,
            stream="drop",
            cursor={"known": ["a", "b", "c"]},
            sequence=3,
        )
        for sequence, known in ((2, ["a", "b"]), (3, ["a", "b", "c"])):
            CheckpointHistory.objects.create(
                org=org,
                checkpoint=mark,
                cursor={"known": known},
                sequence=sequence,
                run_id=made.pk,
                at=ago(days=4 - sequence),
            )
    return made


def places(org: Organization) -> list[str]:
    """Return the keys of the checkpoints, the latest first."""
    with org_scope(org.pk):
        rows = CheckpointHistory.objects.order_by("-sequence")
        return [str(key) for key in rows.values_list("pk", flat=True)]


def the_run(org: Organization) -> SyncRun:
    with org_scope(org.pk):
        return SyncRun.objects.get()


def led_to(response: Any, org: Organization, run: SyncRun) -> bool:
    page: str = org_reverse(org, "ingestion:run", run_id=run.pk)
    return [address for address, _ in response.redirect_chain] == [page]


class TestQuestion:
    def test_is_offered_on_the_line_of_what_can(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        page = html_of(member_client.get(address(org, "pipelines")))

        assert f'href="{address(org, "job_more", job)}"' in page

    def test_is_not_offered_where_there_is_nothing_to_ask(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        with org_scope(org.pk):
            stage = Job.objects.get(kind="fetch")

        page = html_of(member_client.get(address(org, "pipelines")))

        assert address(org, "job_more", stage) not in page
        assert "There is nothing more to ask of it" in text_of(
            member_client.get(address(org, "job_more", stage))
        )

    def test_says_where_the_job_stood_when(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        text = text_of(member_client.get(address(org, "job_more", job)))

        assert "3 files known" in text
        assert text.index("3 files known") < text.index("2 files known")
        assert f"{ago(days=1):%b %Y}" in text

    def test_takes_the_place_of_its_line_with_script(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        response = member_client.get(address(org, "job_more", job), headers=HTMX)

        assert b"<html" not in response.content
        assert b"data-slot-close" in response.content


class TestRehearse:
    def test_leads_to_a_run_that_writes_nothing(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        response = member_client.post(address(org, "job_rehearse", job), follow=True)

        run = the_run(org)
        assert run.is_dry_run
        assert led_to(response, org, run)
        assert "In line; this is the run." in text_of(response)

    def test_a_second_one_is_the_first(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        member_client.post(address(org, "job_rehearse", job))

        response = member_client.post(address(org, "job_rehearse", job), follow=True)

        assert led_to(response, org, the_run(org))
        assert "It was in line." in text_of(response)

    def test_says_on_its_page_why_it_cannot_be(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        with org_scope(org.pk):
            Job.objects.filter(pk=job.pk).update(state="paused", paused_at=ago(hours=1))

        response = member_client.post(address(org, "job_rehearse", job))

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Resume it first" in text_of(response)


class TestBackfill:
    def test_takes_the_last_day_whole_and_leads_to_the_run(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        days = {"start": "2024-05-01", "end": "2024-05-31"}

        response = member_client.post(address(org, "job_backfill", job), days, follow=True)

        run = the_run(org)
        assert (run.mode, run.window_from, run.window_to) == (RunMode.BACKFILL, MAY, JUNE)
        assert led_to(response, org, run)

    @pytest.mark.parametrize(
        ("days", "sentence"),
        [
            ({}, "Say from which day, to which day, or both."),
            ({"start": "2024-06-01", "end": "2024-05-01"}, "The first day comes before the last"),
            ({"start": "yesterday"}, "Enter a valid date."),
            ({"end": "9999-12-31"}, "Choose an earlier day."),
        ],
    )
    def test_says_what_is_wrong_with_the_days(
        self,
        org: Organization,
        member_client: MemberClient,
        job: Job,
        days: dict[str, str],
        sentence: str,
    ) -> None:
        response = member_client.post(address(org, "job_backfill", job), days)

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert sentence in text_of(response)


class TestRewind:
    def test_goes_back_and_leads_to_the_run(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        place = {"checkpoint": places(org)[1]}

        response = member_client.post(address(org, "job_rewind", job), place, follow=True)

        run = the_run(org)
        assert run.mode == RunMode.REWIND
        assert led_to(response, org, run)
        with org_scope(org.pk):
            assert SourceCheckpoint.objects.get().cursor == {"known": ["a", "b"]}

    def test_needs_a_place(self, org: Organization, member_client: MemberClient, job: Job) -> None:
        response = member_client.post(address(org, "job_rewind", job))

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Choose where to go back to." in text_of(response)

    def test_refuses_the_place_of_another_job(
        self, org: Organization, member_client: MemberClient, job: Job
    ) -> None:
        _, other, _ = make_source(org, "Another")

        response = member_client.post(
            address(org, "job_rewind", other), {"checkpoint": places(org)[0]}
        )

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        with org_scope(org.pk):
            assert not SyncRun.objects.exists()


class TestImport:
    def test_reads_a_window_of_its_files_again(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        uploaded = {"files": export(), "starts_itself": "1"}
        member_client.post(org_reverse(org, "ingestion:import_upload"), uploaded)
        job = job_of(work_next(org))
        member_client.post(address(org, "import_start", job))
        work_next(org)
        page = address(org, "import_window", job)
        assert f'href="{page}"' in html_of(member_client.get(address(org, "import_detail", job)))
        assert "Read a window of time again" in text_of(member_client.get(page))

        response = member_client.post(page, {"start": "2024-05-01"}, follow=True)

        with org_scope(org.pk):
            run = SyncRun.objects.filter(kind="import").get(mode=RunMode.BACKFILL)
        assert (run.job_id, run.window_from, run.window_to) == (job.pk, MAY, None)
        assert led_to(response, org, run)


@pytest.mark.parametrize("name", ["job_more", "job_rehearse", "job_backfill", "job_rewind"])
def test_a_viewer_may_not(org: Organization, client_for: ClientFor, job: Job, name: str) -> None:
    client = client_for(Role.VIEWER)
    ask = client.get if name == "job_more" else client.post

    assert ask(address(org, name, job)).status_code == HTTPStatus.FORBIDDEN
