"""Makes faces and people as the stage would: with a live consent, a source, and vectors.

Vectors stand as far apart as those of real faces: 0.39 within a person, 0.88 between two.
"""

import itertools
import uuid
from collections.abc import Sequence

import numpy as np
from django.utils import timezone

from faces.linkage import Vectors
from faces.models import (
    Face,
    FaceConsent,
    FaceEmbedding128,
    FaceEvent,
    FaceSettings,
    FaceSource,
    Person,
)
from faces.models.face import FaceState
from faces.people.grouping import group_batch, start_over
from faces.people.pairs import propose_merges
from tenants.models import Organization
from tenants.scope import org_scope
from tests.media.making import make_asset

ENGINE = "deepface-dlib"
DIM = 128
_numbers = itertools.count(1)


def switch_on(org: Organization) -> FaceConsent:
    """Give the consent of ``org``, and its word for what it uploads."""
    with org_scope(org.pk):
        consent = FaceConsent.objects.filter(withdrawn_at=None).first()
        if consent is not None:
            return consent
        FaceSettings.objects.create(org=org, is_enabled=True)
        FaceSource.objects.create(
            org=org, source="upload", relation="own", text_version="1", text_sha256="0" * 64
        )
        return FaceConsent.objects.create(
            org=org, text_version="1", text_sha256="0" * 64, lawful_basis="release"
        )


def looks(count: int, *, seed: int = 1) -> Vectors:
    """Return how ``count`` people look."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.88 / np.sqrt(2 * DIM), (count, DIM)).astype(np.float32)


def alike(look: Vectors, count: int, *, seed: int = 1, spread: float = 0.39) -> Vectors:
    """Return ``count`` faces of somebody who looks so."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, spread / np.sqrt(2 * DIM), (count, DIM))
    return (look + noise).astype(np.float32)


def at(place: float) -> Vectors:
    """Return a vector on a line, so that distances can be read off."""
    vector = np.zeros(DIM, dtype=np.float32)
    vector[0] = place
    return vector


def make_blob(org: Organization) -> uuid.UUID:
    """Store a picture that faces may be found in; return its blob."""
    asset = make_asset(org, f"Photo {next(_numbers)}", source="upload", pictures=1)
    with org_scope(org.pk):
        blob_id = asset.media.get().blob_id
    assert blob_id is not None
    return blob_id


def make_faces(
    org: Organization,
    vectors: Sequence[Vectors] | Vectors,
    *,
    blob_id: uuid.UUID | None = None,
    is_seed: bool = True,
    **values: object,
) -> list[Face]:
    """Store a face per vector, each in a picture of its own unless ``blob_id`` says which."""
    consent = switch_on(org)
    blobs = [blob_id or make_blob(org) for _ in vectors]
    with org_scope(org.pk):
        found = Face.objects.bulk_create(
            Face(
                org=org,
                blob_id=blob,
                consent=consent,
                position=position if blob_id else 0,
                x=0.2,
                y=0.2,
                w=0.3,
                h=0.3,
                size_px=120,
                det_score=2.0,
                blur=80.0,
                is_seed=is_seed,
                detector_key="test",
                **{"state": FaceState.NEW, **values},
            )
            for position, blob in enumerate(blobs)
        )
        FaceEmbedding128.objects.bulk_create(
            FaceEmbedding128(org=org, face=face, engine_key=ENGINE, vec=vector.tolist())
            for face, vector in zip(found, vectors, strict=True)
        )
    return found


def make_person(org: Organization, name: str = "", *, vectors: Vectors | None = None) -> Person:
    """Store somebody whom people confirmed the faces of."""
    with org_scope(org.pk):
        person = Person.objects.create(org=org, name=name, folded_name=name.lower())
        if vectors is not None:
            make_faces(org, vectors, state=FaceState.CONFIRMED, person=person)
            person.face_count = person.confirmed_count = len(vectors)
            person.save(update_fields=["face_count", "confirmed_count"])
    return person


def group(*, retries_all: bool = True, anew: bool = False) -> None:
    """Group the open faces of the organization in scope, as a run does."""
    if anew:
        start_over()
    began = timezone.now()
    while group_batch(began, retries_all=retries_all):
        pass
    propose_merges()


def states(faces: Sequence[Face]) -> list[str]:
    """Return the states of ``faces`` as they are."""
    found = dict(Face.objects.filter(pk__in=[f.pk for f in faces]).values_list("pk", "state"))
    return [found[face.pk] for face in faces]


def picture_of() -> dict[str, object]:
    """Return all that decisions change in the organization in scope, events left out."""
    people = Person.objects.order_by("pk").values(
        *("id", "name", "folded_name", "is_hidden", "cover_face_id", "merged_into_id"),
        *("face_count", "confirmed_count", "consent"),
    )
    faces = Face.objects.order_by("pk").values(
        *("id", "state", "person_id", "suggested_person_id", "distance", "assigned_by_id"),
        "decided_at",
    )
    org = FaceSettings.objects.get().org
    return {
        "people": list(people),
        "faces": list(faces),
        "vetoes": sorted(org.face_vetoes.values_list("face_id", "person_id")),
        "distinct": sorted(org.distinct_people.values_list("first_id", "second_id")),
    }


def last_event() -> FaceEvent:
    """Return the newest decision."""
    return FaceEvent.objects.order_by("-at", "-pk")[0]
