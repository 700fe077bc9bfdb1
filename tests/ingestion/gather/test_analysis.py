"""Pictures whose faces are looked for before they count as done."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone
from pytest_django import Settings

from faces.consent import revoke_source
from faces.models import Face, FaceSource
from faces.upkeep import forget_vectors
from ingestion.control import pause
from ingestion.engine.runs import request_cancel
from ingestion.gather import analysis
from ingestion.gather.faces import faces_by_job
from ingestion.gather.line import ANALYSIS, AWAITED, FACES_PATIENCE
from ingestion.gather.pages import Rendering
from ingestion.gather.queries import Gathering, as_gatherings, pictures_of
from ingestion.gather.status import ItemStatus, JobStatus
from ingestion.models import Job, RunEvent, RunItem, SyncRun
from ingestion.models.run import RunState
from ingestion.stages.face_pool import close_pool
from ingestion.uploads_page.reads import tiles_of
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.faces.fakes import FAKE, paint_people
from tests.faces.making import allow, erase, somebody
from tests.ingestion.gather.support import (
    HOST,
    a_picture,
    a_site,
    bring_files,
    last_run,
    submit,
    work_job,
)
from tests.ingestion.stages.units import work_stage

pytestmark = pytest.mark.django_db

FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>News</title><item>"
    "<title>Us</title><enclosure url='{}' type='image/png'/></item></channel></rss>"
)


@pytest.fixture(autouse=True)
def engine(settings: Settings) -> Iterator[None]:
    settings.FACES_ENGINE, settings.FACE_PROCESSES = FAKE.key, 1
    yield
    close_pool()


class TestPicturesThatAreAnalysed:
    def test_are_done_once_their_faces_are_found(self, org: Organization) -> None:
        with org_scope(org.pk):
            allow(org)
        job = bring_files(org, {"us.png": paint_people(1), "tree.jpg": a_picture("white")})

        run = work_job(job)

        assert (run.state, run.phase, run.new_count) == (RunState.QUEUED, ANALYSIS, 0)
        with org_scope(org.pk):
            (found,) = as_gatherings([job])
            assert (found.status, found.counts.processing) == (JobStatus.PROCESSING, 2)
            assert [picture.asset_id for picture in pictures_of(found)] == [None, None]
            # They can be looked at meanwhile.
            assert all(tile.card and tile.card.has_thumb for tile in tiles_of(pictures_of(found)))
            work_stage(org, Stage.FACES)
            # The batch of the stage has woken it.
            assert last_run(job).run_after <= run.created_at
        run = work_job(job)

        assert (run.state, run.new_count, run.raw_count) == (RunState.SUCCEEDED, 2, 2)
        with org_scope(org.pk):
            (found,) = as_gatherings([job])
            assert found.status == JobStatus.COMPLETED
            assert {p.status for p in pictures_of(found)} == {ItemStatus.COMPLETED}
            assert Face.objects.count() == 1
            # Also once its vector is kept no longer.
            assert forget_vectors(timezone.now() + timedelta(days=31)) == 1
            assert faces_by_job([job.pk]) == {job.pk: 1}

    def test_hold_up_no_other_upload(self, org: Organization) -> None:
        with org_scope(org.pk):
            allow(org)
        first, second, third = (
            bring_files(org, {name: a_picture(name)}) for name in ("red", "green", "blue")
        )

        run = work_job(first)

        assert run.phase == ANALYSIS
        assert [last_run(job).is_in_line for job in (second, third)] == [False, True]
        # The first is woken, and waits once more.
        work_job(first)
        assert last_run(third).is_in_line

    def test_keep_the_next_page_waiting_until_they_are_found(self, org: Organization) -> None:
        first, second = self._ask_for_pages(org, "/one", "/two")

        assert [found.status for found in self._gatherings(org, first, second)] == [
            JobStatus.PROCESSING,
            JobStatus.PENDING,
        ]
        # The first is woken too early, and waits once more.
        work_job(first)
        assert last_run(second).is_in_line

        with org_scope(org.pk):
            work_stage(org, Stage.FACES)
        work_job(first)

        assert last_run(first).state == RunState.SUCCEEDED
        assert not last_run(second).is_in_line

    def test_keep_the_next_page_waiting_for_no_longer_than_some_minutes(
        self, org: Organization
    ) -> None:
        first, second = self._ask_for_pages(org, "/one", "/two")
        with org_scope(org.pk):
            begun = RunEvent.objects.filter(run__job=first, name=AWAITED)
            begun.update(at=timezone.now() - FACES_PATIENCE)

        run = work_job(first)

        assert (run.state, run.phase) == (RunState.QUEUED, ANALYSIS)
        assert not last_run(second).is_in_line

    def _ask_for_pages(self, org: Organization, *paths: str) -> list[Job]:
        """Ask for pages of one picture each, and bring the first one's."""
        with org_scope(org.pk):
            allow(org, site=HOST)
        with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}):
            jobs = [submit(org, site.show(path, [number])) for number, path in enumerate(paths)]
            assert work_job(jobs[0]).phase == ANALYSIS
        return jobs

    def _gatherings(self, org: Organization, *jobs: Job) -> list[Gathering]:
        with org_scope(org.pk):
            return as_gatherings(jobs)

    def test_are_done_without_a_look_that_is_paused(
        self, org: Organization, owner_user: User
    ) -> None:
        with org_scope(org.pk):
            allow(org)
            pause(Job.objects.get(kind="faces"), owner_user)
        job = bring_files(org, {"us.png": paint_people(1)})

        run = work_job(job)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)
        with org_scope(org.pk):
            # It follows by itself.
            assert StageState.objects.get(stage=Stage.FACES).status == StageStatus.PENDING

    def test_are_done_without_a_look_that_takes_too_long(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with org_scope(org.pk):
            allow(org)
        job = bring_files(org, {"us.png": paint_people(1)})
        assert work_job(job).state == RunState.QUEUED
        monkeypatch.setattr(analysis, "LONGEST_WAIT", timedelta(0))

        run = work_job(job)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)

    def test_are_done_without_a_look_whose_engine_fails(self, org: Organization) -> None:
        with org_scope(org.pk):
            allow(org)
        job = bring_files(org, {"us.png": paint_people(1)})
        assert work_job(job).state == RunState.QUEUED
        with org_scope(org.pk):
            SyncRun.objects.filter(kind=Stage.FACES).update(
                state=RunState.RETRY_WAIT, error_code="faces_weights_missing"
            )

        run = work_job(job)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)
        with org_scope(org.pk):
            left = RunEvent.objects.get(run=run, name="faces_left")
            assert left.detail == {"count": 1, "code": "faces_weights_missing"}

    def test_are_done_where_their_run_is_cancelled(self, org: Organization) -> None:
        with org_scope(org.pk):
            allow(org)
        job = bring_files(org, {"us.png": paint_people(1)})
        run = work_job(job)

        with org_scope(org.pk):
            request_cancel(run, by=None)

            item = RunItem.objects.get(run=run)
            assert (item.outcome, item.asset_id is not None) == ("new", True)
        ended = last_run(job)
        assert (ended.new_count, ended.failed_count, ended.raw_count) == (1, 0, 1)

    def test_are_none_of_a_feed_of_a_site_that_is_vouched_for(self, org: Organization) -> None:
        with org_scope(org.pk):
            allow(org, site=HOST)
        picture = f"http://{HOST}/us.png"
        with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}):
            site.pictures["/us.png"] = paint_people(1)
            site.pages["/rss.xml"] = FEED.format(picture)
            run = work_job(submit(org, f"http://{HOST}/rss.xml", rendering=Rendering.ALWAYS))

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)
        with org_scope(org.pk):
            assert not StageState.objects.filter(stage=Stage.FACES).exists()

    def test_are_those_that_were_here_from_elsewhere_and_are_uploaded(
        self, org: Organization
    ) -> None:
        with org_scope(org.pk):
            consent = allow(org)
        picture = paint_people(1)
        with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}):
            site.pictures["/1.jpg"] = picture
            work_job(submit(org, site.show("/them", [1])))
        with org_scope(org.pk):
            assert not StageState.objects.filter(stage=Stage.FACES).exists()

        run = work_job(bring_files(org, {"us.png": picture}))

        assert (run.state, run.skipped_count) == (RunState.SUCCEEDED, 1)
        with org_scope(org.pk):
            work_stage(org, Stage.FACES)
            # The database agrees, and lets go of it with the word for what is uploaded.
            assert Face.objects.get().consent == consent
            revoke_source(actor=somebody(org), source=FaceSource.objects.get(source="upload"))
            assert erase() > 0
            assert not StageState.objects.filter(stage=Stage.FACES).exists()

    def test_are_again_those_of_a_feed_that_a_page_shows(self, org: Organization) -> None:
        with org_scope(org.pk):
            allow(org, site=HOST)
        with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}):
            site.pictures["/1.jpg"] = paint_people(1)
            site.pages["/rss.xml"] = FEED.format(f"http://{HOST}/1.jpg")
            work_job(submit(org, f"http://{HOST}/rss.xml"))
            work_job(submit(org, site.show("/us", [1])))

        with org_scope(org.pk):
            assert StageState.objects.filter(stage=Stage.FACES).count() == 1

    def test_are_done_at_once_where_faces_are_off(self, org: Organization) -> None:
        job = bring_files(org, {"us.png": paint_people(1)})

        run = work_job(job)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)
        with org_scope(org.pk):
            assert not Face.objects.exists()
