"""Pages that are looked at before anything of them is taken."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from ingestion.gather import services
from ingestion.gather.queries import Gathering, Picture, as_gatherings, pictures_of
from ingestion.gather.status import JobStatus
from ingestion.models import Job
from media.models import Asset, BoardItem
from tenants.errors import NotReadyError
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.gather.support import (
    ASKING,
    HOST,
    Site,
    a_picture,
    a_site,
    bring_files,
    submit,
    work_job,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}, PAGE_PAUSE_S=0):
        yield site


def shown(job: Job) -> tuple[Gathering, list[Picture]]:
    with org_scope(job.org_id):
        (found,) = as_gatherings([job])
        return found, pictures_of(found)


class TestALook:
    def test_shows_what_there_is_and_brings_nothing(self, org: Organization, site: Site) -> None:
        work_job(submit(org, site.show("/other", [2])))
        work_job(bring_files(org, {"mine.jpg": a_picture(3)}))

        job = submit(org, site.show("/summer", range(1, 5)), chooses=True)
        work_job(job)

        found, pictures = shown(job)
        assert (found.awaits_choice, found.status) == (True, JobStatus.PENDING)
        assert [(each.status.value, each.error) for each in pictures] == [
            ("completed", ""),
            ("skipped", "already_here"),
            ("skipped", "same_bytes"),
            ("completed", ""),
        ]
        # Its true size, whatever the page claims.
        assert (pictures[0].wanted.width_px, pictures[0].wanted.height_px) == (160, 120)
        assert site.asked["/2.jpg"] == 1
        with org_scope(org.pk):
            assert (Asset.objects.count(), BoardItem.objects.count()) == (2, 1)

    def test_is_followed_by_what_was_chosen_without_another_request(
        self, org: Organization, site: Site
    ) -> None:
        job = submit(org, site.show("/summer", [1, 2, 3]), chooses=True)
        work_job(job)

        with org_scope(org.pk):
            services.take_chosen(job, [0, 2], ASKING)
        work_job(job)

        found, _ = shown(job)
        assert (found.status, found.counts.completed) == (JobStatus.COMPLETED, 2)
        assert {site.asked[f"/{number}.jpg"] for number in range(1, 4)} == {1}
        with org_scope(org.pk), pytest.raises(NotReadyError):
            services.take_chosen(job, [1], ASKING)

    def test_lets_what_did_not_come_be_tried_again(self, org: Organization, site: Site) -> None:
        site.broken["/1.jpg"] = (404, {})
        job = submit(org, site.show("/summer", [1]), chooses=True)
        work_job(job)
        found, (picture,) = shown(job)
        assert (found.awaits_choice, picture.status.value) == (True, "failed")
        site.broken.clear()

        with org_scope(org.pk):
            services.take_chosen(job, [0], ASKING)
        work_job(job)

        assert shown(job)[0].status == JobStatus.COMPLETED

    def test_that_was_cancelled_looks_anew(self, org: Organization, site: Site) -> None:
        job = submit(org, site.show("/summer", [1]), chooses=True)
        with org_scope(org.pk):
            services.cancel(job, ASKING)
            services.retry(job, ASKING)

        work_job(job)

        assert shown(job)[0].awaits_choice

    def test_that_nobody_chooses_from_is_called_off(self, org: Organization, site: Site) -> None:
        job = submit(org, site.show("/summer", [1]), chooses=True)
        work_job(job)
        with org_scope(org.pk):
            services.hide(job, ASKING)
        assert shown(job)[0].awaits_choice

        with org_scope(org.pk):
            assert services.cancel(job, ASKING)
            assert not services.cancel(job, ASKING)

        found, pictures = shown(job)
        assert (found.status, found.error, pictures) == ("failed", "cancelled_by_user", [])
        with org_scope(org.pk), pytest.raises(NotReadyError, match="cancelled"):
            services.take_chosen(job, [0], ASKING)
        with org_scope(org.pk):
            services.retry(job, ASKING)
        work_job(job)
        assert shown(job)[0].awaits_choice
