"""What is forgotten every night: the vectors of faces that nobody says are anybody."""

import datetime as dt
import uuid
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from faces.models import EMBEDDINGS, Face, FaceSettings
from faces.models.consent import RETENTION_DAYS
from faces.models.face import FaceState
from faces.people.said import said_of
from faces.people_left import settle_people
from tenants.scope import current_org_id

BATCH: Final = 1_000
# Without a person; whoever was set aside by people stays so, without a vector.
_OF_NOBODY: Final = (
    FaceState.NEW,
    FaceState.UNASSIGNED,
    FaceState.SUGGESTED,
    FaceState.IGNORED,
    FaceState.NOT_A_FACE,
)


def forget_vectors(now: dt.datetime | None = None) -> int:
    """Delete some vectors of faces of nobody that are older than the organization keeps them.

    Of nobody are also those that only a machine put together and that have no name: strangers.
    Their faces fall apart again; boxes and crops stay as long as the picture. Whoever was
    hidden, agreed, or was decided about in another way keeps their faces: that is people's word.

    Returns:
        How many faces lost theirs.
    """
    ids = list(overdue_faces(now).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    for model in EMBEDDINGS.values():
        model.objects.filter(face_id__in=ids).delete()
    _let_go(ids, now or timezone.now())
    return len(ids)


def overdue_faces(now: dt.datetime | None = None) -> QuerySet[Face]:
    """Return the faces whose vectors are to be forgotten."""
    before = (now or timezone.now()) - dt.timedelta(days=retention_days())
    of_nobody = Q(state__in=_OF_NOBODY) | Q(state=FaceState.AUTO, person__name="")
    has_vector = Q(pk__in=[])
    for model in EMBEDDINGS.values():
        has_vector |= Q(Exists(model.objects.filter(face=OuterRef("pk"))))
    touched = Greatest("found_at", Coalesce("decided_at", "found_at"))
    return Face.objects.alias(touched=touched).filter(of_nobody, has_vector, touched__lt=before)


def retention_days() -> int:
    """Return how many days the organization in scope keeps vectors of nobody."""
    found = FaceSettings.objects.filter(pk=current_org_id()).first()
    return found.retention_days if found else RETENTION_DAYS


def _let_go(ids: list[uuid.UUID], now: dt.datetime) -> None:
    faces = Face.objects.filter(pk__in=ids)
    theirs = faces.filter(state=FaceState.AUTO)
    unnamed = set(theirs.values_list("person_id", flat=True))
    strangers = unnamed - said_of(unnamed)
    open_ones = faces.filter(state__in=[FaceState.SUGGESTED, FaceState.NEW])
    (open_ones | theirs.filter(person__in=strangers)).update(
        state=FaceState.UNASSIGNED, person=None, suggested_person=None, distance=None
    )
    faces.update(forgotten_at=now, is_seed=False, updated_at=now)
    settle_people(strangers)
