"""Deleting what is not allowed any more, share by share: what a receipt asks for, and the rest.

A share is chosen in the organization's scope, its files are deleted outside of any, and then its
rows, with their numbers on the receipt, in one transaction. Files go before rows: a kill between
the two leaves rows whose share is taken again.
"""

import dataclasses
import datetime as dt
import enum
import uuid
from collections import Counter
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from faces.crops import delete_crops, delete_empty_folders, delete_stray_crops
from faces.models import EMBEDDINGS, Face, FaceEvent, FaceReceipt, Person
from faces.models.consent import Attestable, ReceiptKind
from faces.models.face import FaceState
from faces.people_left import settle_people
from faces.queries import STAGE, attested_uses
from faces.receipts import add_counts, seal
from media.models import AssetMedia, StageState
from tenants.scope import current_org_id

VECTORS_AT_ONCE: Final = 5_000
# With their files, within seconds wherever they lie.
FACES_AT_ONCE: Final = 100
ROWS_AT_ONCE: Final = 1_000


class What(enum.StrEnum):
    """What a share deletes, in the order in which a receipt is worked."""

    VECTORS = "vectors"
    FACES = "faces"
    CROPS = "crops"
    REST = "rest"
    # The last: what no row knows of, and the seal.
    END = "end"


@dataclasses.dataclass(frozen=True, slots=True)
class Share:
    """What is deleted at once.

    Attributes:
        receipt_id: whose numbers grow; None for what nobody asked for.
        keys: files that go before their rows.
        sweeps: whether files without a row go as well.
        deleted_files: how many went, once they did.
    """

    what: What
    org_id: uuid.UUID
    receipt_id: uuid.UUID | None = None
    face_ids: tuple[uuid.UUID, ...] = ()
    keys: tuple[str, ...] = ()
    sweeps: bool = False
    deleted_files: int = 0


def next_share() -> Share | None:
    """Return what to delete next, in the organization's scope; None where all is done.

    It looks anew each time, so that a withdrawal that comes meanwhile is worked too. Of receipts
    the oldest comes first, and what nobody asked for comes last.
    """
    receipt = FaceReceipt.objects.open().order_by("requested_at", "pk").first()
    if receipt is None:
        return _share_of(unallowed_faces(), None)
    if receipt.kind == ReceiptKind.PERSON:
        share = _crops_share(receipt)
    else:
        share = _share_of(_faces_of(receipt), receipt)
    if share is not None:
        return share
    what = What.REST if _is_something_left(receipt) else What.END
    sweeps = what == What.END and receipt.kind == ReceiptKind.CONSENT
    return Share(what, receipt.org_id, receipt.pk, sweeps=sweeps)


def delete_files(share: Share) -> Share:
    """Delete the files of a share, outside any transaction and scope; return it with their number.

    At the end those without a row go too; once consent is withdrawn nobody may write one any more,
    so none of them is too young.
    """
    if share.sweeps:
        deleted = delete_stray_crops(share.org_id, older_than=dt.timedelta(0))
        delete_empty_folders(share.org_id)
    else:
        deleted = delete_crops(share.keys)
    return dataclasses.replace(share, deleted_files=deleted)


def delete_rows(share: Share) -> int:
    """Delete the rows of a share, in the organization's scope; return how many things went."""
    receipt = None
    if share.receipt_id is not None:
        receipt = FaceReceipt.objects.select_for_update().get(pk=share.receipt_id)
        if receipt.completed_at is not None:
            return 0
    counts = _deleted(share, receipt)
    if receipt is not None:
        add_counts(receipt, counts)
        if share.what == What.END:
            seal(receipt)
    return counts.total()


def unallowed_faces() -> QuerySet[Face]:
    """Return the faces that could not be stored today: their consent or all sources are gone.

    Nobody need have taken anything back: an asset may have been removed for good.
    """
    uses = attested_uses().filter(blob=OuterRef("blob"))
    return Face.objects.filter(Q(consent__withdrawn_at__isnull=False) | ~Exists(uses))


def _deleted(share: Share, receipt: FaceReceipt | None) -> Counter[str]:
    if share.what == What.VECTORS:
        faces = _faces_of(receipt) if receipt else unallowed_faces()
        return Counter(vectors=_delete_vectors(faces))
    if share.what == What.FACES:
        return _delete_faces(share)
    if share.what == What.CROPS:
        # They were counted when they were asked for.
        Face.objects.filter(pk__in=share.face_ids).update(
            crop_key="", crop_sha256="", crop_size_bytes=0
        )
        return Counter()
    if share.what == What.REST and receipt is not None:
        return _delete_rest(receipt)
    return Counter(crops=share.deleted_files)


def _share_of(faces: QuerySet[Face], receipt: FaceReceipt | None) -> Share | None:
    org_id, receipt_id = current_org_id(), receipt.pk if receipt else None
    for model in EMBEDDINGS.values():
        if model.objects.filter(face__in=faces).exists():
            return Share(What.VECTORS, org_id, receipt_id)
    chosen = list(faces.order_by("pk").values_list("pk", "crop_key")[:FACES_AT_ONCE])
    if not chosen:
        return None
    return _with_files(What.FACES, chosen, receipt_id)


def _crops_share(receipt: FaceReceipt) -> Share | None:
    suppressed = Face.objects.filter(state=FaceState.SUPPRESSED).exclude(crop_key="")
    chosen = list(suppressed.order_by("pk").values_list("pk", "crop_key")[:FACES_AT_ONCE])
    return _with_files(What.CROPS, chosen, receipt.pk) if chosen else None


def _with_files(
    what: What, chosen: list[tuple[uuid.UUID, str]], receipt_id: uuid.UUID | None
) -> Share:
    return Share(
        what,
        current_org_id(),
        receipt_id,
        tuple(key for key, _ in chosen),
        tuple(crop for _, crop in chosen if crop),
    )


def _faces_of(receipt: FaceReceipt) -> QuerySet[Face]:
    """Return the faces that a receipt is about: of its consent, or of its source alone."""
    if receipt.kind == ReceiptKind.CONSENT:
        return Face.objects.filter(consent=receipt.consent_id)
    uses = _uses_of(receipt).filter(blob=OuterRef("blob"))
    return unallowed_faces().filter(Exists(uses))


def _uses_of(receipt: FaceReceipt) -> QuerySet[AssetMedia]:
    source = receipt.source
    assert source is not None  # noqa: S101  # narrows for the type checker
    uses = Q(asset__source=source.source)
    if source.source == Attestable.WEB:
        uses &= Q(asset__domain__iexact=source.site)
    if source.source == Attestable.UPLOAD:
        uses |= Q(is_uploaded=True)
    return AssetMedia.objects.filter(uses)


def _delete_vectors(faces: QuerySet[Face]) -> int:
    deleted = 0
    for model in EMBEDDINGS.values():
        chosen = model.objects.filter(face__in=faces).values("pk")[:VECTORS_AT_ONCE]
        deleted += model.objects.filter(pk__in=chosen).delete()[0]
    return deleted


def _delete_faces(share: Share) -> Counter[str]:
    faces = Face.objects.filter(pk__in=share.face_ids)
    people = set(faces.filter(person__isnull=False).values_list("person_id", flat=True))
    # Through the models: what hangs on a face may be known to other modules only.
    _, by_model = faces.delete()
    counts = Counter(
        faces=by_model.get("faces.Face", 0),
        crops=share.deleted_files,
        decisions=by_model.get("faces.FaceVeto", 0),
        vectors=sum(by_model.get(model._meta.label, 0) for model in EMBEDDINGS.values()),
    )
    return counts + settle_people(people)


def _is_something_left(receipt: FaceReceipt) -> bool:
    if _units_of(receipt).exists():
        return True
    is_all = receipt.kind == ReceiptKind.CONSENT
    return is_all and (FaceEvent.objects.exists() or Person.objects.exists())


def _delete_rest(receipt: FaceReceipt) -> Counter[str]:
    """Delete some of what is left besides faces."""
    counts = Counter(analyses=_delete_some(_units_of(receipt)))
    if receipt.kind == ReceiptKind.CONSENT:
        people = Person.objects.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE]
        counts += settle_people(list(people))
        counts += Counter(decisions=_delete_some(FaceEvent.objects.all()))
    return counts


def _units_of(receipt: FaceReceipt) -> QuerySet[StageState]:
    """Return what the stage notes of pictures that may not be analysed any more."""
    units = StageState.objects.filter(stage=STAGE, blob__isnull=False)
    if receipt.kind == ReceiptKind.CONSENT:
        return units
    if receipt.kind == ReceiptKind.PERSON:
        return units.none()
    return units.filter(
        Exists(_uses_of(receipt).filter(blob=OuterRef("blob"))),
        ~Exists(attested_uses().filter(blob=OuterRef("blob"))),
    )


def _delete_some(rows: QuerySet[Any]) -> int:
    chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE])
    return int(rows.model._default_manager.filter(pk__in=chosen).delete()[0])
