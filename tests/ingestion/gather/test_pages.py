"""Pages whose pictures are brought."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from connectors.errors import AddressRefusedError
from ingestion.control import pause, resume, retry_now, run_now
from ingestion.engine.drain import run_slice
from ingestion.engine.runs import request_cancel
from ingestion.gather import services
from ingestion.gather.earlier import Earlier
from ingestion.gather.lists import listed
from ingestion.gather.queries import Gathering, as_gatherings, pictures_of
from ingestion.gather.status import ItemStatus, JobStatus
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunState
from media.models import Asset, BoardItem
from media.operations import Selection, trash_assets
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.ingestion.gather.support import (
    ASKING,
    HOST,
    Site,
    a_picture,
    a_site,
    bring_files,
    last_run,
    submit,
    work_job,
)
from tests.ingestion.support import claimed, make_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}, PAGE_PAUSE_S=0):
        yield site


def shown(job: Job) -> Gathering:
    with org_scope(job.org_id):
        job.refresh_from_db()
        (found,) = as_gatherings([job])
    return found


def statuses(job: Job) -> list[str]:
    with org_scope(job.org_id):
        return [picture.status.value for picture in pictures_of(shown(job))]


class TestAPage:
    def test_is_in_the_library_with_its_context(self, org: Organization, site: Site) -> None:
        job = submit(org, site.show("/summer", range(1, 4), title="Summer"))

        run = work_job(job)

        assert (run.state, run.new_count, run.expected_count) == (RunState.SUCCEEDED, 3, 3)
        found = shown(job)
        assert (found.status, found.total_images, found.job.name) == ("completed", 3, "Summer")
        with org_scope(org.pk):
            first = Asset.objects.get(source_ref__endswith="/1.jpg")
            assert (first.alt_text, first.link_url, first.domain) == (
                "Picture 1",
                f"http://{HOST}/summer",
                HOST,
            )
            raw = first.origins.get().raw
            assert (raw["page_title"], raw["position"]) == ("Summer", 0)
            # They can be opened as a whole.
            items = BoardItem.objects.select_related("board").order_by("position")
            assert [(item.board.name, item.position) for item in items] == [
                ("Summer", place) for place in range(3)
            ]

    def test_scraped_again_brings_nothing_twice(self, org: Organization, site: Site) -> None:
        url = site.show("/summer", range(1, 4))
        work_job(submit(org, url))

        again = submit(org, url)
        run = work_job(again)

        assert (run.state, run.skipped_count, run.raw_count) == (RunState.SUCCEEDED, 3, 3)
        assert shown(again).status == JobStatus.COMPLETED
        assert {site.asked[f"/{number}.jpg"] for number in range(1, 4)} == {1}
        with org_scope(org.pk):
            assert Asset.objects.count() == 3
        earlier = Earlier.of_job(again)
        assert earlier is not None
        assert (earlier.stands, earlier.likely_skipped) == ("scraped", 3)

    def test_links_what_is_here_by_its_bytes(self, org: Organization, site: Site) -> None:
        work_job(bring_files(org, {"mine.jpg": a_picture(2)}))

        job = submit(org, site.show("/summer", [1, 2]))
        work_job(job)

        assert statuses(job) == ["completed", "skipped"]
        with org_scope(org.pk):
            assert Asset.objects.count() == 2
            second = pictures_of(shown(job))[1]
            assert second.error == "same_bytes"
            assert second.asset_id == Asset.objects.get(source="upload").pk
            assert BoardItem.objects.count() == 2

    def test_passes_over_what_people_removed(
        self, org: Organization, site: Site, owner_user: User
    ) -> None:
        url = site.show("/summer", [1])
        work_job(submit(org, url))
        with org_scope(org.pk):
            asset = Asset.objects.get()
            trash_assets(Selection.of_ids([asset.pk]), owner_user)

        again = submit(org, url)
        work_job(again)

        with org_scope(org.pk):
            (picture,) = pictures_of(shown(again))
        assert (picture.status, picture.error) == (ItemStatus.SKIPPED, "removed_by_you")

    def test_of_which_a_picture_fails_can_be_tried_again(
        self, org: Organization, site: Site
    ) -> None:
        site.broken["/2.jpg"] = (404, {})
        job = submit(org, site.show("/summer", [1, 2]))
        work_job(job)
        assert statuses(job) == ["completed", "failed"]
        assert (shown(job).status, shown(job).counts.failed) == (JobStatus.COMPLETED, 1)
        site.broken.clear()

        with org_scope(org.pk):
            services.retry(job, ASKING)

        assert statuses(job) == ["completed", "queued"]
        assert (shown(job).status, shown(job).counts.failed) == (JobStatus.PROCESSING, 0)
        work_job(job)
        assert statuses(job) == ["completed", "completed"]
        assert site.asked["/1.jpg"] == 1
        assert shown(job).status == JobStatus.COMPLETED

    def test_that_cannot_be_had_fails_and_is_pending_when_tried_again(
        self, org: Organization, site: Site
    ) -> None:
        url = f"http://{HOST}/none"
        job = submit(org, url)

        run = work_job(job)

        assert (run.state, run.error_code) == (RunState.FAILED, "not_found")
        assert (shown(job).status, shown(job).error) == (JobStatus.FAILED, "not_found")
        site.show("/none", [1])
        with org_scope(org.pk):
            services.retry(job, ASKING)
        assert shown(job).status == JobStatus.PENDING
        work_job(job)
        assert shown(job).status == JobStatus.COMPLETED

    def test_without_pictures_fails(self, org: Organization, site: Site) -> None:
        site.pages["/empty"] = "<!doctype html><title>Nothing</title><p>Only words."

        run = work_job(submit(org, f"http://{HOST}/empty"))

        assert (run.state, run.error_code) == (RunState.FAILED, "no_pictures")

    def test_of_a_private_address_is_refused_at_once(self, org: Organization) -> None:
        for url in ("http://127.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd"):
            with pytest.raises(AddressRefusedError):
                submit(org, url)
        with org_scope(org.pk):
            assert not Job.objects.filter(kind="scrape").exists()

    def test_tries_a_passing_failure_of_a_picture_again_by_itself(
        self, org: Organization, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.gather.storing.AGAIN_S", (0.05, 0.05))
        site.broken["/1.jpg"] = (503, {})
        job = submit(org, site.show("/summer", [1]))

        run = work_job(job)

        assert site.asked["/1.jpg"] == 3
        assert (run.state, statuses(job)) == (RunState.FAILED, ["failed"])
        with org_scope(org.pk):
            (picture,) = pictures_of(shown(job))
        # Nothing tries it again from here on.
        assert picture.explanation == "The site has trouble of its own."


class TestTheLine:
    def test_lets_one_page_go_at_a_time(self, org: Organization, site: Site) -> None:
        first, second, third = (
            submit(org, site.show(f"/{name}", [n])) for n, name in enumerate("abc", start=1)
        )
        assert [last_run(job).is_in_line for job in (first, second, third)] == [False, True, True]
        assert {shown(job).status for job in (first, second, third)} == {"pending"}

        work_job(first)

        assert [last_run(job).is_in_line for job in (second, third)] == [False, True]
        work_job(second)
        assert not last_run(third).is_in_line

    def test_lets_nobody_push_in(self, org: Organization, site: Site, owner_user: User) -> None:
        site.broken["/a"] = (404, {})
        first, second, third = (
            submit(org, site.show(f"/{name}", [n])) for n, name in enumerate("abc", start=1)
        )
        with org_scope(org.pk):
            retry_now(last_run(third), owner_user)
            run_now(third, owner_user)
        assert last_run(third).is_in_line

        work_job(first)
        assert not last_run(second).is_in_line
        with org_scope(org.pk):
            retry_now(last_run(first), owner_user)

        assert [last_run(job).is_in_line for job in (third, first)] == [True, True]
        work_job(second)
        assert [last_run(job).is_in_line for job in (third, first)] == [False, True]

    def test_goes_on_when_one_is_cancelled(
        self, org: Organization, site: Site, owner_user: User
    ) -> None:
        first, second = (submit(org, site.show(f"/{name}", [1])) for name in "ab")

        with org_scope(org.pk):
            services.cancel(first, services.Asking(owner_user))

        assert (shown(first).status, shown(first).error) == ("failed", "cancelled_by_user")
        assert not last_run(second).is_in_line

    def test_goes_round_what_is_paused(
        self, org: Organization, site: Site, owner_user: User
    ) -> None:
        first, second, third = (
            submit(org, site.show(f"/{name}", [n])) for n, name in enumerate("abc", start=1)
        )
        with org_scope(org.pk):
            pause(second, owner_user)
            pause(first, owner_user)
            assert [last_run(job).is_in_line for job in (second, third)] == [True, False]
            work_job(third)
            resume(second, owner_user)

        assert not last_run(second).is_in_line

    # Whether the site says for how long, or not.
    @pytest.mark.parametrize("asks", [{"Retry-After": "120"}, {}])
    def test_lets_others_by_where_a_site_wants_to_be_left_alone(
        self, org: Organization, site: Site, asks: dict[str, str]
    ) -> None:
        site.broken["/a"] = (429, asks)
        # A site of its own: what it asks for is kept beyond the test.
        busy = f"{uuid.uuid4().hex}.example.com"
        with override_settings(FETCH_HOST_MAP={busy: site.address, HOST: site.address}):
            first = submit(org, f"http://{busy}/a")
            second = submit(org, site.show("/b", [1]))

            run = work_job(first)

        assert run.state == RunState.QUEUED
        assert not last_run(second).is_in_line
        with org_scope(org.pk):
            assert SyncRun.objects.get(pk=run.pk).connection_id is not None
            assert run.job.connection is not None
            assert run.job.connection.blocked_until is None

    def test_goes_on_for_as_long_as_a_site_wants_to_be_left_alone(
        self, org: Organization, site: Site
    ) -> None:
        # Half a minute, the first time.
        site.broken["/a"] = (429, {})
        busy = f"{uuid.uuid4().hex}.example.com"
        with override_settings(FETCH_HOST_MAP={busy: site.address, HOST: site.address}):
            first = submit(org, f"http://{busy}/a")
            second, third = (submit(org, site.show(f"/{name}", [1])) for name in "bc")
            work_job(first)

            work_job(second)
            fourth = submit(org, site.show("/d", [1]))
            waits = [last_run(job).is_in_line for job in (third, fourth)]
            work_job(third)

        assert last_run(first).state == RunState.QUEUED
        assert waits == [False, True]
        assert not last_run(fourth).is_in_line


class TestAPageThatKeepsAskingUsToWait:
    def test_is_given_up_after_ten_minutes(self, org: Organization, site: Site) -> None:
        site.broken["/a"] = (429, {"Retry-After": "0"})
        job = submit(org, f"http://{HOST}/a")

        waits = []
        while (run := work_job(job)).state == RunState.QUEUED:
            waits.append((run.run_after - timezone.now()).total_seconds())

        assert [round(wait_s, -1) for wait_s in waits] == [30, 60, 120, 240]
        assert (run.state, run.error_code) == (RunState.FAILED, "site_busy")
        assert "for 8 minutes" in run.user_message
        assert site.asked["/a"] == 5

    def test_ends_at_its_deadline(self, org: Organization, site: Site) -> None:
        site.broken["/a"] = (429, {})
        job = submit(org, f"http://{HOST}/a")
        run = work_job(job)
        long_ago = timezone.now() - timedelta(days=1)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(deadline_at=long_ago)

        run = work_job(job)

        assert (run.state, run.error_code) == (RunState.FAILED, "deadline_exceeded")
        assert site.asked["/a"] == 1


class TestACancelledPage:
    def test_fails_with_what_it_did_not_come_to(
        self, org: Organization, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.gather.kind.BATCH", 2)
        job = submit(org, site.show("/summer", range(1, 6)))
        make_due(last_run(job).pk, org)
        held = claimed(last_run(job))
        run_slice(held, seconds=60, should_stop=lambda: site.asked["/1.jpg"] > 0)
        with org_scope(org.pk):
            request_cancel(last_run(job), by=None)

        assert last_run(job).state == RunState.CANCELLED
        found = shown(job)
        assert (found.status, found.error) == (JobStatus.FAILED, "cancelled_by_user")
        assert found.counts.failed >= 1
        assert found.counts.queued == found.counts.processing == 0
        with org_scope(org.pk):
            failed = [p for p in pictures_of(found) if p.status == ItemStatus.FAILED]
        assert {picture.error for picture in failed} == {"cancelled_by_user"}

    def test_leaves_the_list_when_it_is_deleted_and_its_pictures_stay(
        self, org: Organization, site: Site
    ) -> None:
        job = submit(org, site.show("/summer", [1]))
        work_job(job)

        with org_scope(org.pk):
            services.hide(job, ASKING)

            assert not listed().exists()
            assert Asset.objects.count() == 1
            assert SyncRun.objects.filter(job=job).exists()
