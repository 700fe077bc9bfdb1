"""One person who does not want to be recognised any more."""

from django.db import transaction
from django.utils import timezone

from faces.consent import ask_to_delete
from faces.models import (
    EMBEDDINGS,
    Face,
    FaceReceipt,
    FaceSuppression,
    FaceVeto,
    MergeSuggestion,
    Person,
    PersonDistinct,
)
from faces.models.consent import ReceiptKind
from faces.models.face import FaceState
from faces.models.person import PersonConsent
from faces.people.locking import lock_people
from faces.people_left import drop_suggestions, empty_events
from tenants.models import User


@transaction.atomic
def withdraw_person(*, person: Person, actor: User) -> FaceReceipt:
    """Forget who somebody is: vectors, suggestions, links and name go now, crops within the hour.

    Their faces stay as places that nobody looks into again, whatever analyses the picture later.
    There is no way back: what would undo it names them, and is emptied. A second time it finds
    nothing left, and its receipt says so.
    """
    # Before the machine, or after it: it must not go by faces that are being forgotten.
    lock_people()
    held = Person.objects.select_for_update().get(pk=person.pk)
    faces = list(Face.objects.select_for_update().filter(person=held).order_by("pk"))
    ids = [face.pk for face in faces]
    counts = {
        "faces": len(faces),
        "vectors": sum(
            model._base_manager.filter(org_id=held.org_id, face_id__in=ids).delete()[0]
            for model in EMBEDDINGS.values()
        ),
        "crops": sum(bool(face.crop_key) for face in faces),
        "names": int(bool(held.name)),
        "suggestions": drop_suggestions([held.pk]),
    }
    _suppress(faces)
    merged = Person.objects.filter(merged_into=held)
    counts["events"] = empty_events([held.pk, *merged.values_list("pk", flat=True)])
    merged.delete()
    FaceVeto.objects.filter(person=held).delete()
    FaceVeto.objects.filter(face_id__in=ids).delete()
    PersonDistinct.objects.filter(first=held).delete()
    PersonDistinct.objects.filter(second=held).delete()
    MergeSuggestion.objects.filter(first=held).delete()
    MergeSuggestion.objects.filter(second=held).delete()
    _become_nobody(held)
    return ask_to_delete(
        FaceReceipt(
            org_id=held.org_id,
            kind=ReceiptKind.PERSON,
            person_id=held.pk,
            requested_by=actor,
            counts=counts,
        )
    )


def _suppress(faces: list[Face]) -> None:
    """Leave the boxes, and remember them apart: they outlive the faces of the organization."""
    FaceSuppression.objects.bulk_create(
        [
            FaceSuppression(
                org_id=face.org_id, blob_id=face.blob_id, x=face.x, y=face.y, w=face.w, h=face.h
            )
            for face in faces
        ],
        ignore_conflicts=True,
    )
    Face.objects.filter(pk__in=[face.pk for face in faces]).update(
        state=FaceState.SUPPRESSED,
        person=None,
        distance=None,
        assigned_by=None,
        is_seed=False,
        forgotten_at=timezone.now(),
        updated_at=timezone.now(),
    )


def _become_nobody(person: Person) -> None:
    now = timezone.now()
    Person.objects.filter(pk=person.pk).update(
        name="",
        folded_name="",
        is_hidden=True,
        cover_face=None,
        consent=PersonConsent.WITHDRAWN,
        consent_at=now,
        merged_into=None,
        face_count=0,
        confirmed_count=0,
        updated_at=now,
    )
