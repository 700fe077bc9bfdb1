"""Who faces belong to, and what people decided about that."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from faces.models.face import Face
from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User


class PersonConsent(models.TextChoices):
    """What a person said to being recognised, as far as the organization knows."""

    UNKNOWN = "unknown", "Not asked"
    GIVEN = "given", "Agreed"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


# Neither matched nor named.
NOT_MATCHED = (PersonConsent.REFUSED, PersonConsent.WITHDRAWN)


class PersonQuerySet(models.QuerySet["Person"]):
    """Reads of people."""

    def standing(self) -> Self:
        """Leave out who was merged into another."""
        return self.filter(merged_into=None)

    def shown(self) -> Self:
        """Keep who is neither hidden nor merged."""
        return self.standing().filter(is_hidden=False)

    def matched(self) -> Self:
        """Keep those whom new faces may be compared with."""
        return self.standing().exclude(consent__in=NOT_MATCHED)

    def by_name(self) -> Self:
        """Order by name, those without one last; the key breaks ties."""
        return self.order_by(
            models.Case(models.When(name="", then=1), default=0), "folded_name", "pk"
        )


class Person(models.Model):
    """Somebody of one organization; the same human in two is two people who never meet."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(Organization, models.CASCADE, related_name="people", db_index=False)
    # Empty: faces that look alike, and nobody has said whose they are.
    name = models.CharField(max_length=120, blank=True, default="")
    # See ``media.folding``.
    folded_name = models.CharField(max_length=120, blank=True, default="", editable=False)
    is_hidden = models.BooleanField(default=False)
    cover_face = models.ForeignKey(
        Face, models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    consent = models.CharField(max_length=10, choices=PersonConsent, default=PersonConsent.UNKNOWN)
    consent_at = models.DateTimeField(null=True)
    # Kept so that a merge can be undone; the other has all of its faces.
    merged_into = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        related_name="merged",
        db_constraint=False,
        db_index=False,
    )
    # Kept with the faces in one transaction, so that lists need no counting.
    face_count = models.PositiveIntegerField(default=0)
    confirmed_count = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    objects = OrgManager.from_queryset(PersonQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(consent__in=PersonConsent.values),
                name="faces_person_consent_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(consent=PersonConsent.WITHDRAWN)
                | models.Q(name="", folded_name="", face_count=0, confirmed_count=0),
                name="faces_person_withdrawn_is_nobody",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_count__lte=models.F("face_count")),
                name="faces_person_confirmed_within_faces",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "folded_name", "id"], name="faces_person_name"),
            models.Index(
                fields=["org", "cover_face"],
                condition=models.Q(cover_face__isnull=False),
                name="faces_person_cover",
            ),
            models.Index(
                fields=["org", "merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="faces_person_merged",
            ),
        ]

    def __str__(self) -> str:
        return self.name or "Somebody"


class FaceVeto(models.Model):
    """Somebody said that a face is not this person: no machine proposes it again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="face_vetoes", db_index=False
    )
    face = models.ForeignKey(
        Face, models.CASCADE, related_name="vetoes", db_constraint=False, db_index=False
    )
    person = models.ForeignKey(
        Person, models.CASCADE, related_name="vetoes", db_constraint=False, db_index=False
    )
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "face", "person"], name="faces_faceveto_once"),
        ]
        indexes = [models.Index(fields=["org", "person"], name="faces_faceveto_person")]

    def __str__(self) -> str:
        return f"{self.face_id} is not {self.person_id}"


class PersonDistinct(models.Model):
    """Somebody said that two people are two: no machine proposes to merge them again.

    ``first`` has the smaller key, so that a pair is one row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="distinct_people", db_index=False
    )
    first = models.ForeignKey(
        Person, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    second = models.ForeignKey(
        Person, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OrgManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "first", "second"], name="faces_persondistinct_once"
            ),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")),
                name="faces_persondistinct_in_order",
            ),
        ]
        indexes = [models.Index(fields=["org", "second"], name="faces_persondistinct_second")]

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.second_id}"


class FaceEvent(models.Model):
    """One decision about faces or people, with what undoes it; nothing is deleted by an undo.

    ``payload`` holds keys, states, and the names that a renaming took away. When a person
    withdraws, the payloads that name them are emptied: then there is no way back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="face_events", db_index=False
    )
    # Nobody: a machine.
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    op = models.CharField(max_length=24)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now(), editable=False)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undoes = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        related_name="undos",
        db_constraint=False,
        db_index=False,
    )

    objects = OrgManager()

    class Meta:
        indexes = [
            models.Index(fields=["org", "-at", "-id"], name="faces_faceevent_newest"),
            models.Index(
                fields=["org", "undoes"],
                condition=models.Q(undoes__isnull=False),
                name="faces_faceevent_undoes",
            ),
        ]

    def __str__(self) -> str:
        return self.op
