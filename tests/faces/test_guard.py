"""What the database lets nobody write, whatever the code above it forgets."""

import random
import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from faces.consent import attest_source, revoke_source, switch_on, withdraw_consent
from faces.erasure import unallowed_faces
from faces.errors import FacesError
from faces.models import (
    Face,
    FaceConsent,
    FaceEmbedding128,
    FaceReceipt,
    FaceSource,
    FaceSuppression,
)
from faces.models.consent import LawfulBasis, Relation
from faces.models.face import FaceState
from faces.queries import eligible_blobs
from faces.wording import CONSENT
from media.models import AssetMedia, Blob
from media.models.asset import PictureOrigin
from tenants.models import Organization
from tenants.scope import org_scope
from tests.faces.making import (
    ENGINE,
    allow,
    attest,
    erase,
    make_face,
    new_face,
    picture_of,
    somebody,
)

pytestmark = pytest.mark.django_db

INSERT = """
INSERT INTO faces_face (id, org_id, blob_id, consent_id, position, x, y, w, h, size_px, det_score,
       blur, is_seed, detector_key, state, crop_key, crop_sha256, crop_size_bytes)
SELECT gen_random_uuid(), %s, %s, %s, 0, 0.1, 0.1, 0.2, 0.2, 90, 1, 90, false, 'raw', 'new',
       '', '', 0
"""


def insert_raw(blob: Blob, consent: FaceConsent) -> None:
    """Write a face past all code, as the runtime role."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [blob.org_id, blob.pk, consent.pk])


@pytest.fixture
def consent(in_scope: Organization) -> FaceConsent:
    """Faces are on, for uploads."""
    return allow(in_scope)


@pytest.fixture
def blob(in_scope: Organization) -> Blob:
    """An uploaded picture."""
    return picture_of(in_scope)


class TestAFace:
    def test_is_stored_with_a_consent_and_a_source(self, blob: Blob, consent: FaceConsent) -> None:
        insert_raw(blob, consent)

        assert Face.objects.count() == 1

    def test_is_refused_without_the_consent(self, blob: Blob, consent: FaceConsent) -> None:
        withdraw_consent(org=blob.org, actor=somebody(blob.org))

        with pytest.raises(IntegrityError, match="its organization has not given it"):
            insert_raw(blob, consent)

    @pytest.mark.parametrize("how", [{"origin": PictureOrigin.PREVIEW}, {"is_from_feed": True}])
    def test_is_refused_where_only_a_link_or_a_feed_led_to_the_picture(
        self, blob: Blob, consent: FaceConsent, how: dict[str, object]
    ) -> None:
        AssetMedia.objects.filter(blob=blob).update(**how)

        assert not eligible_blobs().exists()
        with pytest.raises(IntegrityError, match="nobody attests to a source"):
            insert_raw(blob, consent)

    def test_is_refused_under_a_consent_that_was_given_anew_but_not_for_it(
        self, blob: Blob, consent: FaceConsent
    ) -> None:
        FaceConsent.objects.filter(pk=consent.pk).update(withdrawn_at=timezone.now())
        FaceConsent.objects.create(
            org=blob.org, text_version="x", text_sha256="x", lawful_basis=LawfulBasis.OTHER
        )

        with pytest.raises(IntegrityError, match="has not given it"):
            insert_raw(blob, consent)

    def test_is_refused_once_its_source_is_revoked(self, blob: Blob, consent: FaceConsent) -> None:
        revoke_source(actor=somebody(blob.org), source=FaceSource.objects.get())

        with pytest.raises(IntegrityError, match="nobody attests"):
            insert_raw(blob, consent)

    @pytest.mark.parametrize(
        ("source", "domain"),
        [
            ("pinterest", ""),
            ("pinterest", "mine.example"),
            ("facebook", ""),
            ("web", "its.example"),
        ],
    )
    def test_is_refused_in_pictures_of_others(
        self, in_scope: Organization, consent: FaceConsent, source: str, domain: str
    ) -> None:
        attest(in_scope, site="mine.example")
        blob = picture_of(in_scope, source=source, domain=domain)

        with pytest.raises(IntegrityError, match="nobody attests"):
            insert_raw(blob, consent)

    def test_is_stored_where_one_of_two_assets_allows_it(
        self, in_scope: Organization, consent: FaceConsent
    ) -> None:
        attest(in_scope, site="mine.example")
        blob = picture_of(in_scope, source="pinterest")
        own = picture_of(in_scope, site="Mine.example").uses.get()
        own.blob = blob
        own.save()

        insert_raw(blob, consent)

        assert Face.objects.count() == 1

    def test_is_not_moved_to_a_picture_of_others(
        self, in_scope: Organization, blob: Blob, consent: FaceConsent
    ) -> None:
        face = make_face(blob, consent)
        theirs = picture_of(in_scope, source="pinterest")

        with pytest.raises(IntegrityError, match="nobody attests"), transaction.atomic():
            Face.objects.filter(pk=face.pk).update(blob=theirs)

    def test_is_refused_where_somebody_withdrew(self, blob: Blob, consent: FaceConsent) -> None:
        FaceSuppression.objects.create(org=blob.org, blob=blob, x=0.12, y=0.1, w=0.2, h=0.2)

        with pytest.raises(IntegrityError, match="has withdrawn"):
            insert_raw(blob, consent)
        new_face(blob, consent, x=0.5).save()

        assert Face.objects.count() == 1


class TestAVector:
    @pytest.mark.parametrize("state", [FaceState.LOW_QUALITY, FaceState.SUPPRESSED])
    def test_is_refused_of_a_face_that_may_have_none(
        self, blob: Blob, consent: FaceConsent, state: FaceState
    ) -> None:
        face = make_face(blob, consent, state=state)

        with pytest.raises(IntegrityError, match="its face may have none"), transaction.atomic():
            FaceEmbedding128.objects.create(
                org=blob.org, face=face, engine_key=ENGINE, vec=[0.5] * 128
            )

    def test_keeps_its_face_from_being_suppressed_beside_it(
        self, blob: Blob, consent: FaceConsent
    ) -> None:
        face = make_face(blob, consent)

        with pytest.raises(IntegrityError, match="still has a vector"), transaction.atomic():
            Face.objects.filter(pk=face.pk).update(state=FaceState.SUPPRESSED)

    def test_is_refused_once_consent_is_withdrawn(self, blob: Blob, consent: FaceConsent) -> None:
        face = make_face(blob, consent)
        FaceEmbedding128.objects.all().delete()
        withdraw_consent(org=blob.org, actor=somebody(blob.org))

        with pytest.raises(IntegrityError, match="has not given it"), transaction.atomic():
            FaceEmbedding128.objects.create(
                org=blob.org, face=face, engine_key=ENGINE, vec=[0.5] * 128
            )


class TestTheLogs:
    def test_say_nothing_else_later(self, consent: FaceConsent) -> None:
        for changes in ({"text_sha256": "other"}, {"granted_at": timezone.now()}):
            with pytest.raises(IntegrityError, match="only ends"), transaction.atomic():
                FaceConsent.objects.update(**changes)
        with pytest.raises(IntegrityError, match="only ends"), transaction.atomic():
            FaceSource.objects.update(relation=Relation.CONSENTED)

    def test_are_not_taken_up_again(self, consent: FaceConsent) -> None:
        withdraw_consent(org=consent.org, actor=somebody(consent.org))

        with pytest.raises(IntegrityError, match="only ends"), transaction.atomic():
            FaceConsent.objects.update(withdrawn_at=None)

    def test_lose_a_person_who_is_erased(self, consent: FaceConsent) -> None:
        FaceConsent.objects.update(granted_by=None)

        assert FaceConsent.objects.get().granted_by is None

    def test_are_not_deleted_while_faces_stand_on_them(
        self, blob: Blob, consent: FaceConsent
    ) -> None:
        make_face(blob, consent)

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM faces_faceconsent")
            with pytest.raises(IntegrityError, match="foreign key"):
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)


class TestAnyOrder:
    """Whatever is granted, withdrawn, vouched for, deleted and analysed, in whatever order."""

    @pytest.mark.parametrize("seed", range(2))
    def test_leaves_no_face_without_a_grant(self, in_scope: Organization, seed: int) -> None:
        chance = random.Random(seed)  # to be repeated, not to be secret
        acts = self.acts(in_scope, chance)
        blobs = [
            picture_of(in_scope),
            picture_of(in_scope, site="mine.example"),
            picture_of(in_scope, source="pinterest"),
        ]
        stored = 0

        for _ in range(40):
            try:
                chance.choice(acts)()
            except FacesError:
                continue
            consents = list(FaceConsent.objects.newest_first()[:2])
            if consents:
                stored += self.analyse(chance.choice(blobs), chance.choice(consents))
            if not FaceReceipt.objects.open().exists():
                assert not unallowed_faces().exists()

        assert stored

    def analyse(self, blob: Blob, consent: FaceConsent) -> bool:
        """Try to store a face; return whether that went, and it may only where it is allowed."""
        asset = blob.uses.get().asset
        live = FaceSource.objects.live().filter(source=asset.source, site=asset.domain)
        is_allowed = consent.withdrawn_at is None and live.exists()
        try:
            with transaction.atomic():
                new_face(blob, consent).save(force_insert=True)
        except IntegrityError:
            assert not is_allowed
        else:
            assert is_allowed
        return is_allowed

    def acts(self, org: Organization, chance: random.Random) -> list[Callable[[], object]]:
        """Return what people and workers may do, each of which may be refused."""
        actor = somebody(org)

        def switch() -> object:
            return switch_on(
                org=org,
                actor=actor,
                lawful_basis=LawfulBasis.OTHER,
                text_version=CONSENT.version,
            )

        def vouch() -> object:
            source, site = chance.choice([("upload", ""), ("web", "mine.example")])
            relation = chance.choice(list(Relation))
            return attest_source(org=org, actor=actor, source=source, site=site, relation=relation)

        def revoke() -> object:
            source = FaceSource.objects.live().by_name().first()
            return source and revoke_source(actor=actor, source=source)

        def withdraw() -> object:
            return withdraw_consent(org=org, actor=actor)

        return [switch, switch, vouch, vouch, revoke, withdraw, erase, erase]


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_a_withdrawal_waits_for_who_writes_and_stops_who_comes_later(
        self, org: Organization
    ) -> None:
        with org_scope(org.pk):
            consent, blob, actor = allow(org), picture_of(org), somebody(org)
        is_withdrawn = threading.Event()

        def withdraw() -> None:
            try:
                with org_scope(org.pk):
                    withdraw_consent(org=org, actor=actor)
                is_withdrawn.set()
            finally:
                connection.close()

        with org_scope(org.pk):
            insert_raw(blob, consent)
            thread = threading.Thread(target=withdraw)
            thread.start()
            assert not is_withdrawn.wait(0.3)
        thread.join(10)
        assert is_withdrawn.is_set()
        with org_scope(org.pk), pytest.raises(IntegrityError, match="has not given it"):
            insert_raw(picture_of(org), consent)
