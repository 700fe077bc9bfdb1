"""Makes faces, people, and what lets them exist, for the tests of faces."""

import itertools
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from faces.consent import attest_source, switch_on
from faces.crops import crop_key
from faces.erasure import delete_files, delete_rows, next_share
from faces.models import Face, FaceConsent, FaceEmbedding128, FaceSource, Person
from faces.models.consent import LawfulBasis, Relation
from faces.models.face import NEVER_EMBEDDED
from faces.wording import CONSENT
from media.models import Asset, Blob
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.factories import MembershipFactory
from tests.media.making import make_asset

ENGINE = "test-128"
_positions = itertools.count()


def somebody(org: Organization) -> User:
    """Return a new member of ``org``."""
    user: User = MembershipFactory.create(org=org).user
    return user


def allow(org: Organization, *, actor: User | None = None, site: str = "") -> FaceConsent:
    """Switch faces on, for uploads or one site; in the organization's scope."""
    actor = actor or somebody(org)
    consent = FaceConsent.objects.live().first() or switch_on(
        org=org,
        actor=actor,
        lawful_basis=LawfulBasis.EXPLICIT_CONSENT,
        text_version=CONSENT.version,
    )
    attest(org, actor=actor, site=site)
    return consent


def attest(org: Organization, *, actor: User | None = None, site: str = "") -> FaceSource:
    """Vouch for uploads, or for one site."""
    return attest_source(
        org=org,
        actor=actor or somebody(org),
        source="web" if site else "upload",
        site=site,
        relation=Relation.OWN,
    )


def picture_of(org: Organization, *, site: str = "", **values: Any) -> Blob:
    """Store a picture that was uploaded, or found on a site; return its bytes' row."""
    origin = {"source": "web", "domain": site} if site else {"source": "upload"}
    return blob_of(make_asset(org, pictures=1, **{**origin, **values}))


def blob_of(asset: Asset) -> Blob:
    """Return the bytes of an asset's first picture."""
    with org_scope(asset.org_id):
        blob = asset.media.get(position=0).blob
    assert blob is not None
    return blob


def new_face(blob: Blob, consent: FaceConsent, **values: Any) -> Face:
    """Return a face in a picture, not stored yet."""
    place = next(_positions) % 8 / 10
    box = {"x": place, "y": 0.1, "w": 0.1, "h": 0.2}
    measured = {"size_px": 90, "det_score": 1.8, "blur": 120.0, "detector_key": "test"}
    return Face(
        org_id=blob.org_id,
        blob=blob,
        consent=consent,
        **{"position": next(_positions), **box, **measured, **values},
    )


def make_face(blob: Blob, consent: FaceConsent, **values: Any) -> Face:
    """Store a face with its vector and its crop, as the stage does."""
    face = new_face(blob, consent, **values)
    face.crop_key = default_storage.save(
        crop_key(face.org_id, face.pk), ContentFile(b"a small picture")
    )
    face.save(force_insert=True)
    if face.state not in NEVER_EMBEDDED:
        FaceEmbedding128.objects.create(
            org_id=face.org_id, face=face, engine_key=ENGINE, vec=[0.5] * 128
        )
    return face


def make_person(org: Organization, name: str = "", **values: Any) -> Person:
    """Store somebody."""
    return Person.objects.create(org=org, name=name, folded_name=name.lower(), **values)


def erase() -> int:
    """Delete what the organization in scope does not allow; return how many things went."""
    gone = 0
    while (share := next_share()) is not None:
        gone += delete_rows(delete_files(share))
    return gone
