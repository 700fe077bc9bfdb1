"""Who allowed faces to be looked for, in whose pictures, and what was deleted when they did not.

The three logs are append-only: a row says what was so from when to when, and the database
refuses to have it say anything else.
"""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from tenants.ids import uuid7
from tenants.managers import OrgManager
from tenants.models import Organization, User

RETENTION_DAYS = 30
MAX_RETENTION_DAYS = 365


class LawfulBasis(models.TextChoices):
    """What an organization says makes it lawful to tell people apart by their faces."""

    EXPLICIT_CONSENT = "explicit_consent", "The people shown have given us their explicit consent"
    RELEASE = "release", "The people shown have signed a release or a contract with us"
    HOUSEHOLD = "household", "Private pictures of family and friends, for ourselves only"
    OTHER = "other", "Another basis of Article 9(2) GDPR, which we have on file"


class Attestable(models.TextChoices):
    """The sources whose pictures can be somebody's own; all others are boards of third parties."""

    UPLOAD = "upload", "Uploaded pictures"
    WEB = "web", "Pictures of a website"


class Relation(models.TextChoices):
    """Why an organization may have the people in a source's pictures analysed."""

    OWN = "own", "Our own"
    CONTRACTED = "contracted", "Contracted"
    CONSENTED = "consented", "Consented"


class ReceiptKind(models.TextChoices):
    """What was taken back."""

    CONSENT = "consent", "The consent of the organization"
    SOURCE = "source", "One source"
    PERSON = "person", "One person"


class FaceSettings(models.Model):
    """How an organization wants faces handled; without a row they are off."""

    org = models.OneToOneField(
        Organization, models.CASCADE, primary_key=True, related_name="face_settings"
    )
    # Follows the live consent: it is what pages and the stage ask first. The triggers ask the log.
    is_enabled = models.BooleanField(default=False)
    # Of the engine whose vectors are compared; empty is the installation's.
    engine_key = models.CharField(max_length=48, blank=True, default="")
    # Whether a face that clearly looks like a person joins them without somebody being asked.
    auto_assign = models.BooleanField(default=True)
    # How long the vector of a face is kept that nobody says is anybody.
    retention_days = models.PositiveSmallIntegerField(default=RETENTION_DAYS)
    updated_at = models.DateTimeField(db_default=Now())

    objects = OrgManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(retention_days__range=(1, MAX_RETENTION_DAYS)),
                name="faces_facesettings_retention_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org_id} {'on' if self.is_enabled else 'off'}"


class FaceConsentQuerySet(models.QuerySet["FaceConsent"]):
    """Reads of the log of consents."""

    def live(self) -> Self:
        """Keep what was not withdrawn: one row at the most."""
        return self.filter(withdrawn_at=None)

    def newest_first(self) -> Self:
        """Order by time; the key breaks ties."""
        return self.order_by("-granted_at", "-pk")


class FaceConsent(models.Model):
    """One consent of an organization, from when it was granted to when it was withdrawn.

    Every face names the consent that it was found under, so none outlives the log.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="face_consents", db_index=False
    )
    granted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField(db_default=Now(), editable=False)
    # Which statement was agreed to (``faces.wording``), and the hash of its very words.
    text_version = models.CharField(max_length=16)
    text_sha256 = models.CharField(max_length=64)
    lawful_basis = models.CharField(max_length=20, choices=LawfulBasis)
    withdrawn_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = OrgManager.from_queryset(FaceConsentQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org"],
                condition=models.Q(withdrawn_at=None),
                name="faces_faceconsent_one_live",
            ),
            models.CheckConstraint(
                condition=models.Q(lawful_basis__in=LawfulBasis.values),
                name="faces_faceconsent_basis_known",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-granted_at", "-id"], name="faces_faceconsent_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.text_version} {self.lawful_basis}"


class FaceSourceQuerySet(models.QuerySet["FaceSource"]):
    """Reads of the log of attestations."""

    def live(self) -> Self:
        """Keep what was not revoked."""
        return self.filter(revoked_at=None)

    def by_name(self) -> Self:
        """Order by source and site; the key breaks ties."""
        return self.order_by("source", "site", "pk")


class FaceSource(models.Model):
    """An organization's word that it may analyse the people in one source's pictures.

    ``site`` is the domain of the page that a web picture is from, as assets have it: without
    ``www.``. Uploads are one source without a site.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="face_sources", db_index=False
    )
    source = models.CharField(max_length=16, choices=Attestable)
    site = models.CharField(max_length=255, blank=True, default="")
    relation = models.CharField(max_length=12, choices=Relation)
    attested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    attested_at = models.DateTimeField(db_default=Now(), editable=False)
    text_version = models.CharField(max_length=16)
    text_sha256 = models.CharField(max_length=64)
    revoked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = OrgManager.from_queryset(FaceSourceQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "source", "site"],
                condition=models.Q(revoked_at=None),
                name="faces_facesource_one_live",
            ),
            models.CheckConstraint(
                condition=models.Q(source="upload", site="")
                | (models.Q(source="web") & ~models.Q(site="")),
                name="faces_facesource_attestable",
            ),
            models.CheckConstraint(
                condition=models.Q(relation__in=Relation.values),
                name="faces_facesource_relation_known",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "source", "site"], name="faces_facesource_place"),
        ]

    def __str__(self) -> str:
        return self.site or self.get_source_display()


class FaceReceiptQuerySet(models.QuerySet["FaceReceipt"]):
    """Reads of receipts."""

    def open(self) -> Self:
        """Keep those whose deletions are still going on."""
        return self.filter(completed_at=None)

    def newest_first(self) -> Self:
        """Order by time; the key breaks ties."""
        return self.order_by("-requested_at", "-pk")


class FaceReceipt(models.Model):
    """What a withdrawal deleted, store by store; open until nothing is left.

    ``counts`` grows with each batch, in the transaction that deletes it. ``sha256`` is of the
    receipt's words as they are downloaded; it is set with ``completed_at``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="face_receipts", db_index=False
    )
    kind = models.CharField(max_length=8, choices=ReceiptKind)
    consent = models.ForeignKey(
        FaceConsent, models.CASCADE, null=True, db_constraint=False, db_index=False
    )
    source = models.ForeignKey(
        FaceSource, models.CASCADE, null=True, db_constraint=False, db_index=False
    )
    # No key: what the person was called is gone, and so may be their row.
    person_id = models.UUIDField(null=True)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    counts = models.JSONField(default=dict)
    completed_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")

    objects = OrgManager.from_queryset(FaceReceiptQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=ReceiptKind.values),
                name="faces_facereceipt_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(completed_at=None, sha256="")
                | (models.Q(completed_at__isnull=False) & ~models.Q(sha256="")),
                name="faces_facereceipt_sealed_when_done",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-requested_at", "-id"], name="faces_facereceipt_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.requested_at:%Y-%m-%d}"
