"""The faces of one picture, with who they are."""

import dataclasses
import uuid

from faces.models import Face
from faces.models.face import FaceState
from faces.people.reads import FaceThumb, thumb
from faces.people.strays import NAMEABLE
from media.models import Blob

_NOT_SHOWN = (FaceState.NOT_A_FACE, FaceState.SUPPRESSED)


@dataclasses.dataclass(frozen=True, slots=True)
class FaceOnPicture:
    """A face of a picture, its box in pixels of the picture as it is shown.

    Attributes:
        person_id: who it is, or may be; None for nobody.
        name: what they are called; empty where nobody has said it.
        is_sure: whether it is theirs, rather than suggested.
        can_be_named: whether nobody has said who it is.
    """

    id: uuid.UUID
    x: float
    y: float
    w: float
    h: float
    thumb: FaceThumb
    person_id: uuid.UUID | None
    name: str
    is_sure: bool
    state: str
    can_be_named: bool

    @property
    def middle(self) -> float:
        """Return the middle of the box, from the left."""
        return self.x + self.w / 2

    @property
    def below(self) -> float:
        """Return where a name stands just below the box."""
        return self.y + self.h * 1.02

    @property
    def label(self) -> str:
        """Return what is said of it: a name, likely a name, or that nobody knows."""
        if self.person_id is None:
            return "Too small to tell" if self.state == FaceState.LOW_QUALITY else "Unknown"
        if self.is_sure:
            return self.name or "Not named yet"
        return f"Possibly {self.name}" if self.name else "Possibly known"


def faces_on(blob: Blob) -> list[FaceOnPicture]:
    """Return the faces of a picture from left to right, in one statement."""
    width, height = blob.width_px or 1, blob.height_px or 1
    faces = (
        Face.objects.filter(blob=blob)
        .exclude(state__in=_NOT_SHOWN)
        .select_related("person", "suggested_person")
        .order_by("x", "pk")
    )
    found = []
    for face in faces:
        who = face.person or face.suggested_person
        can_be_named = face.state in NAMEABLE and not (who and who.is_hidden)
        # Nobody is shown to be somebody who is kept out of sight.
        if who is not None and who.is_hidden:
            who = None
        found.append(
            FaceOnPicture(
                id=face.pk,
                x=round(face.x * width, 1),
                y=round(face.y * height, 1),
                w=round(face.w * width, 1),
                h=round(face.h * height, 1),
                thumb=thumb(face.pk, face.crop_sha256, has_crop=bool(face.crop_key)),
                person_id=who.pk if who else None,
                name=who.name if who else "",
                is_sure=face.person_id is not None,
                state=face.state,
                can_be_named=can_be_named,
            )
        )
    return found
