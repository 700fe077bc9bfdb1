"""Pictures whose faces are looked for before they count as done."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from faces.models import Face
from ingestion.gather.analysis import ANALYSIS
from ingestion.gather.queries import as_gatherings, pictures_of
from ingestion.gather.status import ItemStatus, JobStatus
from ingestion.models.run import RunState
from ingestion.stages.face_pool import close_pool
from media.models.stage import Stage
from tenants.models import Organization
from tenants.scope import org_scope
from tests.faces.fakes import FAKE, paint_people
from tests.faces.making import allow
from tests.ingestion.gather.support import a_picture, bring_files, last_run, work_job
from tests.ingestion.stages.units import work_stage

pytestmark = pytest.mark.django_db


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

    def test_are_done_at_once_where_faces_are_off(self, org: Organization) -> None:
        job = bring_files(org, {"us.png": paint_people(1)})

        run = work_job(job)

        assert (run.state, run.new_count) == (RunState.SUCCEEDED, 1)
        with org_scope(org.pk):
            assert not Face.objects.exists()
