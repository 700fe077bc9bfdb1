"""The page of uploads: what is brought there, and how it is told."""

import html
import json
import math
import re
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from ingestion.engine.drain import run_slice
from ingestion.gather import queries, services
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.gather.support import (
    a_picture,
    bring_files,
    last_run,
    submit,
    work_job,
)
from tests.ingestion.support import claimed, make_due
from tests.ingestion.views.support import HTMX, address, html_of, text_of

PAGE = "https://photos.example.com/summer"


def jobs_of(org: Organization) -> list[Job]:
    with org_scope(org.pk):
        return list(Job.objects.filter(kind__in=queries.LISTED).order_by("created_at", "pk"))


def end(job: Job, state: str = RunState.FAILED, **changes: Any) -> None:
    """Let the runs of a job have ended."""
    with org_scope(job.org_id):
        SyncRun.objects.filter(job=job).update(state=state, **changes)


class TestAnAddress:
    def test_is_put_in_line(self, org: Organization, member_client: MemberClient) -> None:
        response = member_client.post(address(org, "upload_page"), {"url": f" {PAGE} "})

        (job,) = jobs_of(org)
        assert response["Location"] == address(org, "uploads")
        assert (job.params["url"], job.params["chooses"], job.created_by) == (
            PAGE,
            False,
            member_client.user,
        )
        words = text_of(member_client.get(address(org, "uploads")))
        assert "photos.example.com/summer" in words
        assert "Queued" in words

    def test_leaves_a_script_an_empty_field_and_tells_the_table(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(address(org, "upload_page"), {"url": PAGE}, headers=HTMX)

        assert 'id="scrape-url" type="url" name="url" value=""' in html_of(response)
        assert "magpie:sync-changed" in response["HX-Trigger"]
        assert b"<html" not in response.content

    def test_that_is_refused_stays_in_its_field_with_the_reason(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        for headers in (HTMX, {}):
            response = member_client.post(
                address(org, "upload_page"), {"url": "file:///etc/passwd"}, headers=headers
            )

            source = html_of(response)
            assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
            assert 'value="file:///etc/passwd"' in source
            assert 'aria-invalid="true"' in source
        assert jobs_of(org) == []

    def test_of_nothing_asks_for_one(self, org: Organization, member_client: MemberClient) -> None:
        response = member_client.post(address(org, "upload_page"), {}, headers=HTMX)

        assert "Paste the address of a page first." in text_of(response)

    def test_to_choose_from_leads_to_its_page(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.post(
            address(org, "upload_page"),
            {"url": PAGE, "chooses": "on", "rendering": "always"},
            headers=HTMX,
        )

        (job,) = jobs_of(org)
        assert response["HX-Redirect"] == address(org, "upload", job)
        assert (job.params["chooses"], job.params["rendering"]) == (True, "always")

    def test_is_not_taken_from_viewers(self, org: Organization, client_for: ClientFor) -> None:
        viewer = client_for(Role.VIEWER)

        response = viewer.post(address(org, "upload_page"), {"url": PAGE})

        assert response.status_code == HTTPStatus.FORBIDDEN
        page = html_of(viewer.get(address(org, "uploads")))
        assert 'id="scrape"' not in page
        assert 'id="pictures"' not in page


class TestAPageThatWasScrapedBefore:
    def test_is_warned_of(self, org: Organization, member_client: MemberClient) -> None:
        job = submit(org, PAGE)
        job_with_picture(org, job)

        words = text_of(member_client.get(address(org, "upload_earlier"), {"url": PAGE}))
        other = member_client.get(address(org, "upload_earlier"), {"url": f"{PAGE}/other"})
        half = member_client.get(address(org, "upload_earlier"), {"url": "https:/"})

        assert "This page was scraped" in words
        assert "1 picture of it is here still and will likely be skipped." in words
        assert text_of(other) == text_of(half) == ""

    def test_is_warned_of_while_that_goes_on_and_once_it_was_cancelled(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        def warning() -> str:
            return text_of(member_client.get(address(org, "upload_earlier"), {"url": PAGE}))

        job = submit(org, PAGE)
        going = warning()
        end(job)
        failed = warning()
        job_with_picture(org, job)
        end(job, RunState.CANCELLED)

        cancelled = warning()

        assert going == "This page is being scraped already. What that brings will be skipped."
        assert failed == ""
        assert "scraped before, and that was cancelled" in cancelled
        assert "1 picture of it is here still and will likely be skipped." in cancelled

    def test_is_warned_of_once_more_when_it_is_submitted(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job_with_picture(org, submit(org, PAGE))

        answer = member_client.post(address(org, "upload_page"), {"url": PAGE}, headers=HTMX)

        again = jobs_of(org)[-1]
        skipped = "1 picture of it is here still and will likely be skipped."
        assert "It is in line. This page was scraped" in text_of(answer)
        assert skipped in text_of(answer)
        assert skipped in text_of(member_client.get(address(org, "upload", again)))
        table = text_of(member_client.get(address(org, "uploads")))
        assert table.count("Scraped before,") == 1
        assert "1 picture will likely be skipped" in table
        end(again, RunState.SUCCEEDED)
        over = text_of(member_client.get(address(org, "upload", again)))
        assert "This page was scraped" in over
        assert skipped not in over


class TestPictures:
    def test_go_the_same_way(self, org: Organization, member_client: MemberClient) -> None:
        files = [SimpleUploadedFile(name, a_picture(name[0] == "a")) for name in ("a.jpg", "b.jpg")]

        response = member_client.post(
            address(org, "upload_pictures"), {"files": files}, headers=HTMX
        )

        (job,) = jobs_of(org)
        assert "magpie:sync-changed" in response["HX-Trigger"]
        assert (job.kind, job.name) == ("upload", "2 pictures")
        work_job(job)
        words = text_of(member_client.get(address(org, "uploads")))
        assert "2 pictures From a device" in words
        assert "Completed 2 new Review" in words

    def test_of_none_says_so(self, org: Organization, member_client: MemberClient) -> None:
        response = member_client.post(address(org, "upload_pictures"), {}, headers=HTMX)

        assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert text_of(response).strip() == "Choose at least one picture."

    def test_are_many_at_a_time_and_not_too_many(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        def bring(count: int) -> Any:
            files = [SimpleUploadedFile(f"{number}.jpg", b"x") for number in range(count)]
            return member_client.post(address(org, "upload_pictures"), {"files": files})

        assert bring(150).status_code == HTTPStatus.FOUND
        for count in (services.MOST_FILES + 1, services.MOST_FILES + 2):
            refused = bring(count)
            assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
            assert "Bring at most 500 pictures at a time." in text_of(refused)
        (job,) = jobs_of(org)
        assert job.name == "150 pictures"

    def test_are_not_taken_from_viewers(self, org: Organization, client_for: ClientFor) -> None:
        response = client_for(Role.VIEWER).post(address(org, "upload_pictures"), {})

        assert response.status_code == HTTPStatus.FORBIDDEN


class TestTheTable:
    def test_says_nothing_twice(self, org: Organization, member_client: MemberClient) -> None:
        submit(org, PAGE)
        page = member_client.get(address(org, "uploads"))

        again = member_client.get(question_of(page), headers=HTMX)

        assert 'hx-trigger="every 2s, ' in html_of(page)
        assert again.status_code == HTTPStatus.NO_CONTENT

    def test_brings_only_the_rows_that_changed(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        first, second = submit(org, PAGE), submit(org, f"{PAGE}/2")
        page = member_client.get(address(org, "uploads"))
        end(first, finished_at=timezone.now())

        news = member_client.get(question_of(page), headers=HTMX)

        assert f'id="job-{first.pk}"' in html_of(news)
        assert f'id="job-{second.pk}"' not in html_of(news)
        assert "uploads-totals" not in html_of(news)
        again = member_client.get(question_of(news), headers=HTMX)
        assert again.status_code == HTTPStatus.NO_CONTENT
        submit(org, f"{PAGE}/3")
        more = html_of(member_client.get(question_of(news), headers=HTMX))
        assert 'id="uploads-jobs" data-keeps-menu hx-swap-oob="true"' in more
        assert more.count('hx-swap-oob="true"') == 1

    def test_comes_page_by_page_and_tells_of_ends_on_others(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.uploads_page.table.PAGE_SIZE", 1)
        monkeypatch.setattr("ingestion.uploads_page.table.MOST_FOLLOWED", 1)
        old = bring_files(org, {"a.jpg": a_picture(1)})
        submit(org, PAGE)

        page = member_client.get(address(org, "uploads"))
        other = member_client.get(address(org, "uploads"), {"page": "2"})
        work_job(old)
        news = member_client.get(question_of(page), headers=HTMX)

        assert "Page 1 of 2" in text_of(page)
        assert "photos.example.com/summer" in text_of(page)
        assert "Queued: 1 Processing: 0" in text_of(page)
        assert "a.jpg" not in text_of(page)
        assert "a.jpg" in text_of(other)
        # The one that ends first is followed, on whatever page it stands.
        told = json.loads(news["HX-Trigger"])
        assert told["magpie:announce"]["value"] == "a.jpg: completed. 1 new."
        assert "magpie:library-behind" in told
        assert "Completed: 1" in text_of(news)

    def test_asks_less_often_while_pictures_come_and_tells_of_their_end(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        job = bring_files(org, {"a.jpg": a_picture(1)})
        make_due(last_run(job).pk, org)
        held = claimed(last_run(job))

        going_on = member_client.get(address(org, "uploads"))
        run_slice(held, seconds=math.inf, should_stop=lambda: False)
        ended = member_client.get(question_of(going_on), headers=HTMX)

        assert 'hx-trigger="every 3s, ' in html_of(going_on)
        assert "Processing: 0 % 0 of 1 pictures" in text_of(going_on)
        assert ended.status_code == 286
        assert 'hx-trigger="magpie:sync-changed from:body"' in html_of(ended)
        told = json.loads(ended["HX-Trigger"])
        assert told["magpie:announce"]["value"] == "a.jpg: completed. 1 new."
        assert "magpie:library-behind" in told

    def test_counts_the_pictures_of_all_jobs(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        work_job(bring_files(org, {"a.jpg": a_picture(1), "x.jpg": b"no picture"}))
        work_job(bring_files(org, {"b.jpg": a_picture(1)}))
        bring_files(org, {"c.jpg": a_picture(3)})

        words = text_of(member_client.get(address(org, "uploads")))

        sums = "Queued: 1 Processing: 0 Completed: 1 Skipped: 1 Failed: 1"
        assert f"Pictures of all recent jobs {sums}" in words

    def test_is_read_in_a_few_queries_whatever_its_length(
        self,
        org: Organization,
        member_client: MemberClient,
        django_assert_max_num_queries: Any,
    ) -> None:
        for number in range(30):
            submit(org, f"{PAGE}/{number}")

        with django_assert_max_num_queries(32):
            member_client.get(address(org, "uploads_live"))


def question_of(response: Any) -> str:
    """Return the address that a page, or the news of it, asks next."""
    asked = re.search(r'hx-get="([^"]*/uploads/live/[^"]*)"', response.content.decode())
    assert asked is not None
    return html.unescape(asked[1])


def job_with_picture(org: Organization, job: Job) -> None:
    """Let the run of ``job`` have brought a picture."""
    brought = bring_files(org, {"a.jpg": a_picture(1)})
    work_job(brought)
    with org_scope(org.pk):
        run = SyncRun.objects.get(job=job)
        SyncRun.objects.get(job=brought).items.update(run=run)
        services.hide(brought, services.Asking(None))
    end(job, RunState.SUCCEEDED, raw_count=1, new_count=1)
