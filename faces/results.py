"""Writes what an engine found: faces, vectors and crops, one set of statements per batch."""

import dataclasses
import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Final

import numpy as np
from django.db import connection, transaction
from django.db.models import Max

from faces.boxes import SAME_FACE, Box, overlap
from faces.crops import crop_key, delete_crops
from faces.engine.quality import Quality
from faces.engine.spec import Spec
from faces.engine.values import FoundFace
from faces.models import EMBEDDINGS, Face, FaceConsent, FaceSettings, embedding_model
from faces.models.face import NEVER_EMBEDDED, FaceState
from faces.queries import eligible_blobs, suppressed_boxes
from faces.units import missing_blobs
from media.models import StageState
from media.models.stage import Stage, StageStatus
from media.storage import put_bytes
from tenants.ids import uuid7
from tenants.scope import current_org_id

# Whoever withdraws waits for us, and whoever writes after it finds nothing. The order is that of
# the guards in the database.
_HOLD_PERMISSIONS: Final = (
    "SELECT 1 FROM faces_faceconsent WHERE org_id = %s AND withdrawn_at IS NULL FOR SHARE",
    "SELECT 1 FROM faces_facesource WHERE org_id = %s AND revoked_at IS NULL ORDER BY id FOR SHARE",
)


@dataclasses.dataclass(frozen=True, slots=True)
class KnownPicture:
    """What the library knows of a picture before an engine looks at it.

    Attributes:
        faces: those that it has, with their boxes; of a former engine, or of a broken-off batch.
        barred: where nobody looks, as somebody who is there has withdrawn.
    """

    blob_id: uuid.UUID
    faces: tuple[tuple[uuid.UUID, Box], ...] = ()
    barred: tuple[Box, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class StoredFace:
    """A face as it is to be written; its crop is in storage.

    Attributes:
        is_known: the row is there, and gets a vector of this engine at most.
    """

    id: uuid.UUID
    found: FoundFace
    is_known: bool
    crop_key: str = ""
    crop_sha256: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Analysis:
    """What an engine found in one picture."""

    blob_id: uuid.UUID
    faces: tuple[StoredFace, ...]


def known_pictures(blob_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, KnownPicture]:
    """Return what is known of these pictures, in the organization's scope."""
    faces: dict[uuid.UUID, list[tuple[uuid.UUID, Box]]] = {}
    rows = Face.objects.filter(blob__in=blob_ids).in_order()
    for key, blob_id, *box in rows.values_list("pk", "blob_id", "x", "y", "w", "h"):
        faces.setdefault(blob_id, []).append((key, Box(*box)))
    barred = suppressed_boxes(blob_ids)
    return {
        key: KnownPicture(key, tuple(faces.get(key, ())), tuple(barred.get(key, ())))
        for key in blob_ids
    }


def may_be_analysed(blob_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the pictures that may be analysed now."""
    return set(eligible_blobs().filter(pk__in=blob_ids).values_list("pk", flat=True))


def store_analysis(org_id: uuid.UUID, known: KnownPicture, found: Iterable[FoundFace]) -> Analysis:
    """Store the crops of what was found, outside any transaction, and tell known faces from new.

    A face is a known one if it lies where that lies, so names survive another engine.
    """
    left = dict(known.faces)
    faces = []
    for face in found:
        box = Box(face.x, face.y, face.w, face.h)
        if any(overlap(box, barred) > SAME_FACE for barred in known.barred):
            continue
        same = max(left, key=lambda key: overlap(box, left[key]), default=None)
        if same is not None and overlap(box, left[same]) > SAME_FACE:
            del left[same]
            faces.append(StoredFace(same, face, is_known=True))
        else:
            faces.append(_store_new(org_id, face))
    return Analysis(known.blob_id, tuple(faces))


def write_analyses(analyses: Sequence[Analysis], spec: Spec) -> set[uuid.UUID]:
    """Write a batch, in the organization's scope and the transaction of the fence.

    Returns the pictures whose permission is gone by now: nothing is written of them, and their
    crops are deleted with the commit.
    """
    if not analyses:
        return set()
    org_id = current_org_id()
    with connection.cursor() as cursor:
        for statement in _HOLD_PERMISSIONS:
            cursor.execute(statement, [org_id])
    allowed = may_be_analysed({analysis.blob_id for analysis in analyses})
    consent = FaceConsent.objects.live().first()
    kept = [each for each in analyses if each.blob_id in allowed and consent is not None]
    refused = [each for each in analyses if each not in kept]
    stray = [face.crop_key for each in refused for face in each.faces if face.crop_key]
    if stray:
        transaction.on_commit(partial(delete_crops, stray))
    if kept and consent is not None:
        _write_faces(kept, consent, spec)
        _write_vectors(kept, spec)
        _note_engine(org_id, kept, spec)
    return {each.blob_id for each in refused}


def _store_new(org_id: uuid.UUID, face: FoundFace) -> StoredFace:
    key = uuid7()
    stored = put_bytes(crop_key(org_id, key), face.crop)
    digest = hashlib.sha256(face.crop).hexdigest()
    return StoredFace(key, face, is_known=False, crop_key=stored, crop_sha256=digest)


def _write_faces(kept: Sequence[Analysis], consent: FaceConsent, spec: Spec) -> None:
    blob_ids = [each.blob_id for each in kept]
    last = dict(
        Face.objects.filter(blob__in=blob_ids)
        .order_by()
        .values("blob_id")
        .annotate(last=Max("position"))
        .values_list("blob_id", "last")
    )
    rows = [
        _face_row(each.blob_id, position, face, consent, spec)
        for each in kept
        for position, face in enumerate(
            (face for face in each.faces if not face.is_known), last.get(each.blob_id, -1) + 1
        )
    ]
    Face.objects.bulk_create(rows)


def _face_row(
    blob_id: uuid.UUID, position: int, face: StoredFace, consent: FaceConsent, spec: Spec
) -> Face:
    found = face.found
    return Face(
        pk=face.id,
        org_id=consent.org_id,
        blob_id=blob_id,
        consent=consent,
        position=position,
        x=found.x,
        y=found.y,
        w=found.w,
        h=found.h,
        size_px=found.size_px,
        det_score=found.score,
        blur=found.blur,
        is_seed=found.quality is Quality.SEED,
        detector_key=spec.key,
        state=FaceState.LOW_QUALITY if found.quality is Quality.LOW else FaceState.NEW,
        crop_key=face.crop_key,
        crop_sha256=face.crop_sha256,
        crop_size_bytes=len(found.crop),
    )


def _write_vectors(kept: Sequence[Analysis], spec: Spec) -> None:
    """Write the vectors of faces that may have one; a known face may be gone, or forgotten."""
    vectors = {
        face.id: np.frombuffer(face.found.vector, dtype="<f4")
        for each in kept
        for face in each.faces
        if face.found.vector is not None
    }
    may_have = Face.objects.filter(pk__in=vectors, forgotten_at=None)
    may_have = may_have.exclude(state__in=NEVER_EMBEDDED)
    model = embedding_model(spec.dim)
    # In one order, as their guards lock the faces.
    keys = may_have.order_by("pk").values_list("pk", flat=True)
    model.objects.bulk_create(
        [
            model(org_id=current_org_id(), face_id=key, engine_key=spec.key, vec=vectors[key])
            for key in keys
        ],
        ignore_conflicts=True,
    )


def _note_engine(org_id: uuid.UUID, kept: Sequence[Analysis], spec: Spec) -> None:
    """Say of the units which engine made their result; the first is the one to compare by."""
    units = StageState.objects.filter(
        stage=Stage.FACES, blob__in=[each.blob_id for each in kept], status=StageStatus.DONE
    )
    units.update(made_with=spec.key)
    FaceSettings.objects.filter(pk=org_id, engine_key="").update(engine_key=spec.key)


def switch_engine(org_id: uuid.UUID, spec: Spec) -> bool:
    """Compare by the vectors of ``spec`` from here on, if all pictures have been analysed by it.

    Those of the former engine are deleted: nobody compares by them any more. Returns whether that
    was so.
    """
    former = FaceSettings.objects.exclude(engine_key=spec.key).filter(pk=org_id)
    if not former.exists() or missing_blobs().exists():
        return False
    former.update(engine_key=spec.key)
    for model in EMBEDDINGS.values():
        model.objects.exclude(engine_key=spec.key).delete()
    return True
