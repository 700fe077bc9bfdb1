"""Jobs that are tried again, on Uploads and in the Pipeline Manager by turns."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from ingestion import control
from ingestion.gather import services
from ingestion.gather.earlier import Earlier, find_earlier
from ingestion.gather.pages import page_key
from ingestion.gather.queries import as_gatherings, pictures_of
from ingestion.models import Job
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.gather.support import (
    ASKING,
    HOST,
    Site,
    a_site,
    last_run,
    submit,
    work_job,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}, PAGE_PAUSE_S=0):
        yield site


def shown(job: Job) -> list[tuple[str, str]]:
    """Return name and status of each picture of a job."""
    with org_scope(job.org_id):
        (found,) = as_gatherings([job])
        pictures = pictures_of(found)
    return [(each.wanted.url.rpartition("/")[2], each.status.value) for each in pictures]


class TestAJobWhosePicturesFailed:
    @pytest.fixture
    def job(self, org: Organization, site: Site) -> Job:
        for number in (1, 2):
            site.broken[f"/{number}.jpg"] = (404, {})
        job = submit(org, site.show("/summer", [1, 2, 3]))
        site.broken["/3.jpg"] = (404, {})
        assert work_job(job).state == RunState.FAILED
        return job

    def test_is_tried_again_also_after_its_page_failed_once_more(
        self, org: Organization, site: Site, job: Job
    ) -> None:
        site.broken["/summer"] = (404, {})
        with org_scope(org.pk):
            control.retry_now(last_run(job), None)
        assert work_job(job).error_code == "not_found"
        del site.broken["/1.jpg"]

        with org_scope(org.pk):
            services.retry(job, ASKING)

        work_job(job)
        assert shown(job) == [("1.jpg", "completed"), ("2.jpg", "failed"), ("3.jpg", "failed")]

    def test_is_what_its_page_shows_when_it_is_read_anew(
        self, org: Organization, site: Site, job: Job
    ) -> None:
        site.show("/summer", [9, 1])
        with org_scope(org.pk):
            control.retry_now(last_run(job), None)

        work_job(job)

        assert shown(job) == [("9.jpg", "completed"), ("1.jpg", "failed")]

    def test_keeps_what_came_since_where_an_older_run_is_tried_again(
        self, org: Organization, site: Site, job: Job
    ) -> None:
        first = last_run(job)
        del site.broken["/1.jpg"]
        with org_scope(org.pk):
            services.retry(job, ASKING)
        work_job(job)
        del site.broken["/2.jpg"]

        with org_scope(org.pk):
            control.retry_failed(first, None)

        run = work_job(job)
        assert (run.raw_count, site.asked["/1.jpg"]) == (2, 2)
        assert shown(job) == [("1.jpg", "completed"), ("2.jpg", "completed"), ("3.jpg", "failed")]


class TestAJobWhosePicturesWereChosen:
    def test_goes_over_no_others_when_it_is_run_again(self, org: Organization, site: Site) -> None:
        job = submit(org, site.show("/summer", [1, 2, 3]), chooses=True)
        site.broken["/2.jpg"] = (404, {})
        work_job(job)
        with org_scope(org.pk):
            services.take_chosen(job, [1], ASKING)
        assert work_job(job).state == RunState.FAILED
        site.broken.clear()

        with org_scope(org.pk):
            control.retry_now(last_run(job), None)

        work_job(job)
        assert shown(job) == [("2.jpg", "completed")]


class TestAPageThatWasScrapedBefore:
    def test_is_known_by_each_of_its_addresses_and_after_any_failures(
        self, org: Organization, site: Site
    ) -> None:
        summer = site.show("/summer", [1, 2])
        site.broken["/short"] = (302, {"Location": "/summer"})
        job = submit(org, f"http://{HOST}/short")
        work_job(job)
        page = page_key(summer)

        with org_scope(org.pk):
            # Each failed before it found anything.
            Job.objects.bulk_create(
                Job(org=org, kind="scrape", params={"url": summer, "page": page}) for _ in range(11)
            )
            earlier = find_earlier(page_key(f"https://{HOST}/summer"))

        assert earlier is not None
        assert (earlier.job_id, earlier.likely_skipped) == (job.pk, 2)
        site.broken["/other"] = (302, {"Location": "/summer"})
        again = submit(org, f"http://{HOST}/other")
        assert Earlier.of_job(again) is None
        # Where it leads is known once it was read.
        assert Earlier.of_job(work_job(again).job) == earlier
