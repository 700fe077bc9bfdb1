"""The stage, from pictures in line to faces in their table, with an engine that sees squares."""

from collections.abc import Iterator

import pytest
from django.core.files.storage import default_storage
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from faces.consent import withdraw_consent
from faces.models import Face, FaceConsent, FaceEmbedding128, FaceSettings, FaceSuppression
from faces.models.face import FaceState
from faces.results import Analysis, store_analysis
from faces.units import add_units
from ingestion.engine.kinds import kind_of
from ingestion.models import Job, SyncRun
from ingestion.stages import faces as stage
from ingestion.stages.face_pool import close_pool
from ingestion.stages.queueing import run_again
from media.again import Which
from media.models import Blob, Rendition, StageState
from media.models.stage import Stage, StageStatus
from media.storage import put_bytes, rendition_key
from tenants.errors import NotReadyError
from tenants.models import Organization
from tests.faces.fakes import DEADLY_PX, FAKE, OTHER, encode, paint_people
from tests.faces.making import allow, make_person, picture_of, somebody
from tests.ingestion.gather.support import bring_files, work_job
from tests.ingestion.stages.units import queue_stage, statuses, work_stage
from tests.ingestion.support import make_due, work

pytestmark = pytest.mark.usefixtures("in_scope")


@pytest.fixture(autouse=True, scope="module")
def processes() -> Iterator[None]:
    """Let the processes of the engine serve all tests of this module."""
    yield
    close_pool()


@pytest.fixture(autouse=True)
def engine(settings: Settings) -> None:
    settings.FACES_ENGINE, settings.FACE_PROCESSES = FAKE.key, 1


def store_picture(org: Organization, content: bytes, **values: str) -> Blob:
    """Store an uploaded picture whose preview is ``content``."""
    blob = picture_of(org, **values)
    Rendition.objects.filter(blob=blob).delete()
    key = put_bytes(rendition_key(org.pk, blob.sha256, "preview"), content)
    Rendition.objects.create(
        org=org,
        blob=blob,
        name="preview",
        sha256="0" * 64,
        storage_key=key,
        size_bytes=len(content),
        width_px=260,
        height_px=130,
    )
    return blob


def look_for_faces(org: Organization) -> SyncRun:
    add_units()
    return work_stage(org, Stage.FACES)


class TestPermission:
    def test_without_consent_nothing_is_in_line_and_no_row_comes_of_it(
        self, in_scope: Organization
    ) -> None:
        blob = store_picture(in_scope, paint_people(1))
        job = Job.objects.get(kind=Stage.FACES)

        assert (add_units(), add_units([blob.pk])) == (0, 0)
        assert kind_of(Stage.FACES).is_idle(job)
        with pytest.raises(NotReadyError):
            kind_of(Stage.FACES).check(job)
        StageState.objects.create(org=in_scope, stage=Stage.FACES, blob=blob)
        run = work_stage(in_scope, Stage.FACES)

        assert (run.raw_count, statuses(Stage.FACES)) == (0, {"n/a": 1})
        assert not Face.objects.exists()

    def test_consent_puts_in_line_what_sources_are_attested_for(
        self, in_scope: Organization
    ) -> None:
        store_picture(in_scope, paint_people(1))
        store_picture(in_scope, paint_people(2), site="example.org")
        store_picture(in_scope, paint_people(3), source="pinterest")

        allow(in_scope)

        assert statuses(Stage.FACES) == {"pending": 1}
        run = SyncRun.objects.get(kind=Stage.FACES)
        assert (run.cluster, run.state) == ("faces", "queued")

    def test_a_picture_that_is_brought_then_is_in_line_with_its_renditions(
        self, in_scope: Organization
    ) -> None:
        allow(in_scope)

        work_job(bring_files(in_scope, {"us.png": paint_people(1, 2)}))
        assert statuses(Stage.FACES) == {"pending": 1}
        work_stage(in_scope, Stage.FACES)

        assert Face.objects.count() == 2

    def test_what_is_taken_back_while_an_engine_looks_is_not_written(
        self,
        in_scope: Organization,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        store_picture(in_scope, paint_people(1))
        allow(in_scope)
        stored: list[Analysis] = []

        def withdraw_meanwhile(*args: object) -> Analysis:
            stored.append(store_analysis(*args))  # type: ignore[arg-type]  # as it was called
            withdraw_consent(org=in_scope, actor=somebody(in_scope))
            return stored[-1]

        monkeypatch.setattr(stage, "store_analysis", withdraw_meanwhile)
        with django_capture_on_commit_callbacks(execute=True):
            look_for_faces(in_scope)

        assert statuses(Stage.FACES) == {"n/a": 1}
        assert not Face.objects.exists()
        assert not default_storage.exists(stored[0].faces[0].crop_key)


class TestFaces:
    def test_they_are_stored_with_their_vectors_and_crops(self, in_scope: Organization) -> None:
        blob = store_picture(in_scope, paint_people(3, 7))
        store_picture(in_scope, paint_people(5, face_px=30))
        consent = allow(in_scope)

        run = look_for_faces(in_scope)

        assert (run.raw_count, run.failed_count) == (2, 0)
        first, second = Face.objects.filter(blob=blob).in_order()
        assert [round(first.x * 260), round(first.w * 260), first.size_px] == [20, 90, 90]
        assert (first.state, first.is_seed, first.consent) == (FaceState.NEW, True, consent)
        assert default_storage.size(first.crop_key) == first.crop_size_bytes
        assert first.crop_key != second.crop_key
        assert set(FaceEmbedding128.objects.values_list("face", "engine_key")) == {
            (first.pk, FAKE.key),
            (second.pk, FAKE.key),
        }
        small = Face.objects.exclude(blob=blob).get()
        assert (small.state, small.is_seed) == (FaceState.LOW_QUALITY, False)
        assert FaceSettings.objects.get().engine_key == FAKE.key

    def test_the_same_bytes_are_looked_at_once(
        self, in_scope: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store_picture(in_scope, paint_people(1))
        allow(in_scope)
        look_for_faces(in_scope)
        before = list(Face.objects.values())
        monkeypatch.setattr(stage, "take_pool", lambda: pytest.fail("It looked again."))

        for which in Which:
            assert run_again(in_scope.pk, Stage.FACES, which) == (which is Which.ALL)
            for run in SyncRun.objects.open().filter(kind=Stage.FACES):
                make_due(run.pk, in_scope)
                work(run)

        assert (add_units(), statuses(Stage.FACES)) == (0, {"done": 1})
        assert list(Face.objects.values()) == before

    def test_a_picture_that_takes_its_process_along_fails_alone(
        self, in_scope: Organization
    ) -> None:
        deadly = store_picture(in_scope, encode(Image.new("RGB", DEADLY_PX)))
        store_picture(in_scope, paint_people(1))
        allow(in_scope)

        look_for_faces(in_scope)

        unit = StageState.objects.get(blob=deadly, stage=Stage.FACES)
        assert (unit.status, unit.error_code) == (StageStatus.PENDING, "image_crashed")
        assert Face.objects.count() == 1

    def test_nobody_looks_where_somebody_has_withdrawn(self, in_scope: Organization) -> None:
        blob = store_picture(in_scope, paint_people(3, 7))
        allow(in_scope)
        FaceSuppression.objects.create(
            org=in_scope, blob=blob, x=20 / 260, y=20 / 130, w=90 / 260, h=90 / 130
        )

        look_for_faces(in_scope)

        (face,) = Face.objects.all()
        assert round(face.x * 260) == 150


class TestAnotherEngine:
    def test_it_works_beside_the_old_and_takes_over_when_it_has_seen_all(
        self,
        in_scope: Organization,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        request: pytest.FixtureRequest,
    ) -> None:
        for person in (1, 2):
            store_picture(in_scope, paint_people(person))
        allow(in_scope)
        look_for_faces(in_scope)
        anna = make_person(in_scope, "Anna")
        named = Face.objects.order_by("pk")[0]
        Face.objects.filter(pk=named.pk).update(state=FaceState.CONFIRMED, person=anna)
        before = set(Face.objects.values_list("pk", "crop_key", "person"))
        settings.FACES_ENGINE = OTHER.key
        request.addfinalizer(close_pool)
        close_pool()
        monkeypatch.setattr(stage.FacesKind, "batch_size", 1)

        assert add_units() == 2
        work(queue_stage(in_scope, Stage.FACES), stop=iter([False, True, True, True]).__next__)
        halfway = FaceSettings.objects.get().engine_key, engines()
        work_stage(in_scope, Stage.FACES)

        assert halfway == (FAKE.key, {FAKE.key: 2, OTHER.key: 1})
        assert (FaceSettings.objects.get().engine_key, engines()) == (OTHER.key, {OTHER.key: 2})
        assert set(Face.objects.values_list("pk", "crop_key", "person")) == before
        assert FaceConsent.objects.live().count() == 1


def engines() -> dict[str, int]:
    """Return how many vectors there are of each engine."""
    keys = list(FaceEmbedding128.objects.values_list("engine_key", flat=True))
    return {key: keys.count(key) for key in keys}
