"""Taking back: nothing is left in any table or in storage, and a receipt says what went."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from faces import erasure
from faces.consent import revoke_source, withdraw_consent
from faces.crops import crop_key
from faces.models import (
    Face,
    FaceConsent,
    FaceEmbedding128,
    FaceEvent,
    FaceReceipt,
    FaceSource,
    FaceSuppression,
    FaceVeto,
    Person,
    PersonDistinct,
)
from faces.models.face import FaceState
from faces.models.person import PersonConsent
from faces.queries import STAGE, eligible_blobs, suppressed_boxes
from faces.receipts import download, is_genuine
from faces.upkeep import forget_vectors
from faces.withdrawing import withdraw_person
from ingestion.engine.runs import request_cancel
from ingestion.models import SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import Lane, RunState
from media.models import StageState
from media.storage import put_bytes
from tenants.models import Organization
from tenants.scope import org_scope
from tests.faces.making import (
    allow,
    attest,
    erase,
    make_face,
    make_person,
    new_face,
    picture_of,
    somebody,
)
from tests.ingestion.storages import files_below
from tests.ingestion.support import make_due, tidy, work

pytestmark = pytest.mark.django_db

LOGS = {"faces.FaceSettings", "faces.FaceConsent", "faces.FaceSource", "faces.FaceReceipt"}


def crops_of(org: Organization) -> list[Path]:
    """Return the stored pictures of faces of ``org``."""
    return files_below(Path(default_storage.path(f"faces/{org.pk}")))


def left_of_faces() -> dict[str, int]:
    """Return what is left in the tables of faces but the logs, where anything is."""
    models_of_app: list[type[models.Model]] = list(apps.get_app_config("faces").get_models())
    counts = {
        model._meta.label: model._default_manager.count()
        for model in models_of_app
        if model._meta.label not in LOGS
    }
    return {label: count for label, count in counts.items() if count}


def withdrawal_of(org: Organization) -> SyncRun:
    """Return the run that was queued, due for a transaction that began before it."""
    run = SyncRun.objects.get(kind=JobKind.FACES_WITHDRAWAL, state=RunState.QUEUED)
    make_due(run.pk, org)
    return run


@pytest.fixture
def full(in_scope: Organization) -> Organization:
    """Faces of uploads and of a site, people and what was decided about them."""
    consent = allow(in_scope)
    attest(in_scope, site="mine.example")
    anna, ben = make_person(in_scope, "Anna"), make_person(in_scope, "Ben")
    uploaded, found = picture_of(in_scope), picture_of(in_scope, site="mine.example")
    one = make_face(uploaded, consent, state="confirmed", person=anna)
    two = make_face(found, consent, state="auto", person=anna)
    make_face(found, consent, state="confirmed", person=ben)
    make_face(found, consent, state="suggested", suggested_person=anna)
    Person.objects.filter(pk=anna.pk).update(face_count=2, confirmed_count=1, cover_face=one)
    Person.objects.filter(pk=ben.pk).update(face_count=1, confirmed_count=1)
    FaceVeto.objects.create(org=in_scope, face=two, person=ben)
    first, second = sorted([anna, ben], key=lambda person: person.pk)
    PersonDistinct.objects.create(org=in_scope, first=first, second=second)
    FaceEvent.objects.create(org=in_scope, op="name", payload={"person": str(ben.pk), "was": "B"})
    for blob in (uploaded, found):
        StageState.objects.create(org=in_scope, stage=STAGE, blob=blob, status="done")
    return in_scope


class TestTheOrganizations:
    def test_leaves_nothing_in_tables_and_storage(self, full: Organization) -> None:
        put_bytes(crop_key(full.pk, full.pk), b"a stray that nobody knows")
        receipt = withdraw_consent(org=full, actor=somebody(full))
        run = withdrawal_of(full)
        assert run.lane == Lane.INTERACTIVE

        done = work(run)

        assert done.state == RunState.SUCCEEDED
        assert left_of_faces() == {}
        # Nor an empty folder.
        assert not Path(default_storage.path(f"faces/{full.pk}")).exists()
        assert not StageState.objects.filter(stage=STAGE).exists()
        receipt.refresh_from_db()
        assert receipt.counts == {
            "faces": 4, "vectors": 4, "crops": 5, "people": 2, "names": 2, "decisions": 4,
            "analyses": 2,
        }  # fmt: skip
        assert receipt.completed_at is not None

    def test_goes_on_where_a_worker_was_killed(
        self, full: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("faces.erasure.FACES_AT_ONCE", 1)
        receipt = withdraw_consent(org=full, actor=somebody(full))
        run, shares = withdrawal_of(full), []

        # One share a slice; and of the first the files are gone and the rows are not.
        def stop() -> bool:
            shares.append(1)
            return True

        share = erasure.next_share()
        assert share is not None
        erasure.delete_files(share)
        for _ in range(30):
            make_due(run.pk, full)
            run = work(run, stop=stop)
            if run.state == RunState.SUCCEEDED:
                break

        receipt.refresh_from_db()
        assert (run.state, left_of_faces(), crops_of(full)) == (RunState.SUCCEEDED, {}, [])
        assert len(shares) > 5
        assert (receipt.counts["faces"], receipt.counts["vectors"]) == (4, 4)

    def test_that_failed_or_was_called_off_is_queued_again(self, full: Organization) -> None:
        withdraw_consent(org=full, actor=somebody(full))
        run = withdrawal_of(full)

        request_cancel(run, by=None)

        again = SyncRun.objects.exclude(pk=run.pk).get(kind=JobKind.FACES_WITHDRAWAL)
        assert (again.state, again.lane) == (RunState.QUEUED, Lane.INTERACTIVE)

    def test_is_made_up_for_by_the_night(self, full: Organization) -> None:
        withdraw_consent(org=full, actor=somebody(full))
        SyncRun.objects.filter(kind=JobKind.FACES_WITHDRAWAL).delete()

        tidy(full)

        assert left_of_faces() == {}
        assert FaceReceipt.objects.get().completed_at is not None

    def test_touches_no_other_organization(
        self, full: Organization, other_org: Organization
    ) -> None:
        with org_scope(other_org.pk):
            make_face(picture_of(other_org), allow(other_org))
        withdraw_consent(org=full, actor=somebody(full))

        erase()

        with org_scope(other_org.pk):
            assert Face.objects.count() == FaceEmbedding128.objects.count() == 1
        assert len(crops_of(other_org)) == 1


class TestAReceipt:
    def test_is_sealed_and_says_who_is_gone_by_number_only(self, full: Organization) -> None:
        FaceSuppression.objects.create(org=full, blob=picture_of(full), x=0, y=0, w=0.1, h=0.1)
        receipt = withdraw_consent(org=full, actor=somebody(full))
        assert receipt.sha256 == ""
        erase()
        receipt.refresh_from_db()

        text = download(receipt)

        words = json.loads(text)
        assert (words["deleted"]["faces"], words["sha256"]) == (4, receipt.sha256)
        # What outlives the consent, of those who withdrew before it.
        assert words["kept"] == {"places_kept": 1}
        assert is_genuine(receipt)
        assert "Anna" not in text
        receipt.counts = {**receipt.counts, "faces": 3}
        assert not is_genuine(receipt)


class TestASource:
    def test_takes_what_only_it_allowed(self, full: Organization) -> None:
        source = FaceSource.objects.get(site="mine.example")

        receipt = revoke_source(actor=somebody(full), source=source)
        erase()

        assert receipt is not None
        receipt.refresh_from_db()
        [face] = Face.objects.all()
        [anna] = Person.objects.all()
        assert (face.person, anna.name, anna.face_count) == (anna, "Anna", 1)
        assert len(crops_of(full)) == FaceEmbedding128.objects.count() == 1
        assert (receipt.counts["faces"], receipt.counts["names"]) == (3, 1)
        assert FaceEvent.objects.get().payload == {}
        assert StageState.objects.filter(stage=STAGE).count() == 1

    def test_keeps_what_another_allows_too(self, full: Organization) -> None:
        shared = picture_of(full).uses.get()
        shared.blob = Face.objects.filter(state="auto").get().blob
        shared.save()

        revoke_source(actor=somebody(full), source=FaceSource.objects.get(site="mine.example"))
        erase()

        assert Face.objects.count() == 4

    def test_that_is_gone_by_itself_leaves_nothing_overnight(self, full: Organization) -> None:
        Face.objects.filter(state="auto").get().blob.uses.get().asset.delete()

        tidy(full)

        assert (Face.objects.count(), len(crops_of(full))) == (1, 1)
        assert not FaceReceipt.objects.exists()


class TestAPerson:
    def test_is_forgotten_at_once_and_not_found_again(self, full: Organization) -> None:
        anna = Person.objects.get(name="Anna")
        blobs = list(Face.objects.filter(person=anna).values_list("blob", flat=True))

        receipt = withdraw_person(person=anna, actor=somebody(full))

        anna.refresh_from_db()
        assert (anna.name, anna.consent, anna.face_count) == ("", PersonConsent.WITHDRAWN, 0)
        suppressed = Face.objects.filter(state=FaceState.SUPPRESSED)
        assert suppressed.count() == FaceSuppression.objects.count() == 2
        assert not FaceEmbedding128.objects.filter(face__in=suppressed).exists()
        assert not Face.objects.filter(suggested_person=anna).exists()
        assert set(suppressed_boxes(blobs)) == set(blobs)
        erase()
        receipt.refresh_from_db()
        assert len(crops_of(full)) == 2
        assert (receipt.counts["crops"], receipt.completed_at is not None) == (2, True)

    def test_outlives_the_organizations_consent(self, full: Organization) -> None:
        anna = Person.objects.get(name="Anna")
        face = Face.objects.filter(person=anna).order_by("pk").first()
        assert face is not None
        withdraw_person(person=anna, actor=somebody(full))
        withdraw_consent(org=full, actor=somebody(full))
        erase()
        consent = allow(full)

        with pytest.raises(Exception, match="has withdrawn"):
            new_face(face.blob, consent, x=face.x, y=face.y, w=face.w, h=face.h).save()

    def test_leaves_the_others(self, full: Organization) -> None:
        withdraw_person(person=Person.objects.get(name="Anna"), actor=somebody(full))
        erase()

        ben = Person.objects.get(name="Ben")
        assert Face.objects.filter(person=ben).count() == 1
        assert FaceConsent.objects.live().exists()
        assert eligible_blobs().count() == 2


class TestRetention:
    @pytest.mark.parametrize(("days", "left"), [(29, 4), (31, 3)])
    def test_forgets_vectors_of_nobody_after_the_days(
        self, full: Organization, days: int, left: int
    ) -> None:
        forget_vectors(timezone.now() + dt.timedelta(days=days))

        assert FaceEmbedding128.objects.count() == left
        assert Face.objects.count() == 4

    def test_lets_strangers_that_a_machine_put_together_fall_apart(
        self, full: Organization
    ) -> None:
        stranger = make_person(full, face_count=1)
        face = make_face(picture_of(full), FaceConsent.objects.get(), state="auto", person=stranger)

        assert forget_vectors(timezone.now() + dt.timedelta(days=31)) == 2

        face.refresh_from_db()
        assert (face.state, face.person, face.forgotten_at is not None) == (
            "unassigned",
            None,
            True,
        )
        assert not Person.objects.filter(pk=stranger.pk).exists()

    def test_keeps_people_of_whom_somebody_said_something(self, full: Organization) -> None:
        consent = FaceConsent.objects.get()
        said = [
            make_person(full, face_count=1, is_hidden=True),
            make_person(full, face_count=1, consent=PersonConsent.GIVEN),
        ]
        faces = [make_face(picture_of(full), consent, state="auto", person=who) for who in said]

        assert forget_vectors(timezone.now() + dt.timedelta(days=31)) == 3

        # Their vectors are gone like those of any stranger; who they are to people is not.
        assert not FaceEmbedding128.objects.filter(face__in=faces).exists()
        for face, who in zip(faces, said, strict=True):
            face.refresh_from_db()
            assert (face.state, face.person) == ("auto", who)

    def test_gives_no_other_vector(self, full: Organization) -> None:
        forget_vectors(timezone.now() + dt.timedelta(days=31))
        face = Face.objects.get(forgotten_at__isnull=False)

        with pytest.raises(Exception, match="may have none"):
            FaceEmbedding128.objects.create(
                org=full, face=face, engine_key="another", vec=[0.1] * 128
            )
