"""Faces found in pictures, and the vectors that tell them apart."""

from typing import Self

from django.db import models
from django.db.models.functions import Now
from pgvector.django import VectorField

from faces.models.consent import FaceConsent
from media.models import Blob
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class FaceState(models.TextChoices):
    """Where a face stands between being found and being somebody."""

    NEW = "new", "New"
    # Too small or too blurred to tell apart: it has a box and never a vector.
    LOW_QUALITY = "low_quality", "Too small or blurred"
    UNASSIGNED = "unassigned", "Nobody yet"
    AUTO = "auto", "Assigned by itself"
    SUGGESTED = "suggested", "Suggested"
    CONFIRMED = "confirmed", "Confirmed"
    IGNORED = "ignored", "Ignored"
    NOT_A_FACE = "not_a_face", "Not a face"
    # Of somebody who withdrew: it stays a box that nobody looks into again.
    SUPPRESSED = "suppressed", "Withdrawn"


# With a person; all others have none.
ASSIGNED = (FaceState.AUTO, FaceState.CONFIRMED)
# What people said, which no machine changes.
DECIDED = (
    FaceState.CONFIRMED,
    FaceState.IGNORED,
    FaceState.NOT_A_FACE,
    FaceState.SUPPRESSED,
)
# Without a vector; the database refuses one.
NEVER_EMBEDDED = (FaceState.LOW_QUALITY, FaceState.SUPPRESSED)


class FaceQuerySet(models.QuerySet["Face"]):
    """Reads of faces."""

    def of_someone(self) -> Self:
        """Keep those that belong to a person."""
        return self.filter(state__in=ASSIGNED)

    def in_order(self) -> Self:
        """Order by picture and by the place in it; the key breaks ties."""
        return self.order_by("blob_id", "position", "pk")


class Face(models.Model):
    """One face in one picture. Its box is in fractions of the picture as it is shown.

    The database refuses a row without a live consent of its organization, and one of a picture
    that no asset of a source shows to which the organization attests.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="faces", db_index=False)
    blob = models.ForeignKey(
        Blob, models.CASCADE, related_name="faces", db_constraint=False, db_index=False
    )
    consent = models.ForeignKey(
        FaceConsent, models.CASCADE, related_name="faces", db_constraint=False, db_index=False
    )
    # Among the faces of its picture, from 0: so a batch that is done twice adds none.
    position = models.PositiveSmallIntegerField()
    x = models.FloatField()
    y = models.FloatField()
    w = models.FloatField()
    h = models.FloatField()
    # The shorter side of the box in pixels of the original, and how sharp it is: the variance of
    # the Laplacian of its aligned chip.
    size_px = models.PositiveIntegerField()
    det_score = models.FloatField()
    blur = models.FloatField()
    # Good enough to found a person, and not only to join one.
    is_seed = models.BooleanField(default=False)
    detector_key = models.CharField(max_length=48)

    state = models.CharField(max_length=12, choices=FaceState, default=FaceState.NEW)
    # A person is deleted only without faces (``faces.people_left``): the state says that there is
    # one, so their key cannot just be emptied.
    person = models.ForeignKey(
        "faces.Person",
        models.DO_NOTHING,
        null=True,
        related_name="faces",
        db_constraint=False,
        db_index=False,
    )
    suggested_person = models.ForeignKey(
        "faces.Person",
        models.DO_NOTHING,
        null=True,
        related_name="suggested_faces",
        db_constraint=False,
        db_index=False,
    )
    # To the person that it has or is suggested, as the engine measures; null if nobody measured.
    distance = models.FloatField(null=True)
    # Nobody: a machine.
    assigned_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    # Where the picture of the face alone is kept; empty while there is none.
    crop_key = models.CharField(max_length=200, blank=True, default="")
    crop_sha256 = models.CharField(max_length=64, blank=True, default="")
    crop_size_bytes = models.PositiveIntegerField(default=0)

    # When its vector was deleted because nobody said who it is; it gets no other.
    forgotten_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    objects = OrgManager.from_queryset(FaceQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "blob", "position"], name="faces_face_once_per_place"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=FaceState.values), name="faces_face_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ASSIGNED, person__isnull=False)
                | (~models.Q(state__in=ASSIGNED) & models.Q(person=None)),
                name="faces_face_person_by_state",
            ),
            models.CheckConstraint(
                condition=models.Q(state=FaceState.SUGGESTED, suggested_person__isnull=False)
                | (~models.Q(state=FaceState.SUGGESTED) & models.Q(suggested_person=None)),
                name="faces_face_suggestion_by_state",
            ),
            # A hair of room for what fractions lose in rounding.
            models.CheckConstraint(
                condition=models.Q(
                    x__gte=0,
                    y__gte=0,
                    w__gt=0,
                    h__gt=0,
                    x__lte=1.0001 - models.F("w"),
                    y__lte=1.0001 - models.F("h"),
                ),
                name="faces_face_box_within_picture",
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "person", "id"],
                condition=models.Q(person__isnull=False),
                name="faces_face_person",
            ),
            models.Index(
                fields=["org", "suggested_person", "distance"],
                condition=models.Q(suggested_person__isnull=False),
                name="faces_face_suggestion",
            ),
            models.Index(fields=["org", "state", "id"], name="faces_face_state"),
        ]

    def __str__(self) -> str:
        return f"{self.blob_id} #{self.position} {self.state}"


class FaceEmbedding(models.Model):
    """The vector of a face, by the engine that made it; vectors of two are never compared.

    Apart from the face, so that to forget is to delete rows. There is a table per number of
    dimensions; :func:`embedding_model` finds an engine's.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    engine_key = models.CharField(max_length=48)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        # Never the vector: this is what ends up in logs.
        return self.engine_key


class FaceEmbedding128(FaceEmbedding):
    """Vectors of 128 dimensions: those of dlib and of SFace."""

    face = models.ForeignKey(
        Face, models.CASCADE, related_name="embeddings_128", db_constraint=False, db_index=False
    )
    vec = VectorField(dimensions=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "face", "engine_key"], name="faces_faceembedding128_once"
            ),
        ]
        # No HNSW: the scan of one organization is exact, and quick enough up to 100 000 faces.
        indexes = [
            models.Index(fields=["org", "engine_key"], name="faces_faceembedding128_engine"),
        ]


# Every table of vectors, by its number of dimensions. Whoever adds one walls and guards it in
# its migration as this one is.
EMBEDDINGS: dict[int, type[FaceEmbedding128]] = {128: FaceEmbedding128}


def embedding_model(dimensions: int) -> type[FaceEmbedding128]:
    """Return the model that holds the vectors of an engine.

    Raises:
        LookupError: no table has that many dimensions.
    """
    try:
        return EMBEDDINGS[dimensions]
    except KeyError:
        raise LookupError(f"No table holds vectors of {dimensions} dimensions.") from None


class FaceSuppression(models.Model):
    """A place in a picture that nobody looks into again, as somebody who is there withdrew.

    It is nobody's likeness, only where not to look: so it outlives the faces of the
    organization, and goes with the picture.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="face_suppressions", db_index=False
    )
    blob = models.ForeignKey(
        Blob, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    x = models.FloatField()
    y = models.FloatField()
    w = models.FloatField()
    h = models.FloatField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "blob", "x", "y", "w", "h"], name="faces_facesuppression_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.blob_id)
