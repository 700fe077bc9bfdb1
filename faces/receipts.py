"""Receipts of withdrawals: what they count, how they are sealed, and as what they are given out."""

import hashlib
import json
from collections import Counter
from typing import Any, Final

from django.utils import timezone

from faces.models import EMBEDDINGS, Face, FaceReceipt, FaceSuppression, Person
from faces.models.consent import ReceiptKind

FORMAT: Final = "magpie.faces.receipt/1"
# In this order, with what people read: one of them, and several.
COUNTED: Final = {
    "faces": ("face", "faces"),
    "vectors": ("template", "templates"),
    "crops": ("picture of a face", "pictures of faces"),
    "suggestions": ("suggestion", "suggestions"),
    "people": ("person", "people"),
    "names": ("name", "names"),
    "decisions": ("decision about faces", "decisions about faces"),
    "analyses": ("note of a picture looked through", "notes of pictures looked through"),
}

# Among the counts: places that nobody looks into again, which outlive the consent.
KEPT: Final = "places_kept"


def add_counts(receipt: FaceReceipt, counts: Counter[str]) -> None:
    """Add what a share has deleted; in the transaction that deletes it."""
    if counts.total():
        receipt.counts = dict(Counter(receipt.counts) + counts)
        receipt.save(update_fields=["counts"])


def seal(receipt: FaceReceipt) -> None:
    """End a receipt: nothing of what it is about is left, and its words change no more."""
    if receipt.kind == ReceiptKind.CONSENT and (kept := FaceSuppression.objects.count()):
        receipt.counts = {**receipt.counts, KEPT: kept}
    receipt.completed_at = timezone.now()
    receipt.sha256 = hashlib.sha256(_canonical(words_of(receipt))).hexdigest()
    receipt.save(update_fields=["completed_at", "counts", "sha256"])


def words_of(receipt: FaceReceipt) -> dict[str, Any]:
    """Return what a receipt says, as it is given out and hashed; names of people stand nowhere."""
    # Of a receipt that keeps nothing the words are those of before, and so is their hash.
    kept = {"kept": {KEPT: receipt.counts[KEPT]}} if KEPT in receipt.counts else {}
    return {
        "format": FORMAT,
        "id": str(receipt.pk),
        "organization": str(receipt.org_id),
        "withdrawn": _subject(receipt),
        "requested_at": receipt.requested_at.isoformat(),
        "completed_at": receipt.completed_at.isoformat() if receipt.completed_at else None,
        "deleted": {name: receipt.counts.get(name, 0) for name in COUNTED},
        **kept,
    }


def download(receipt: FaceReceipt) -> str:
    """Return a receipt as JSON, with the hash of its other words."""
    words = {**words_of(receipt), "sha256": receipt.sha256}
    return json.dumps(words, indent=2, ensure_ascii=False) + "\n"


def is_genuine(receipt: FaceReceipt) -> bool:
    """Return whether a sealed receipt says what it said when it was sealed."""
    return receipt.sha256 == hashlib.sha256(_canonical(words_of(receipt))).hexdigest()


def _subject(receipt: FaceReceipt) -> dict[str, str]:
    if receipt.kind == ReceiptKind.SOURCE and receipt.source is not None:
        return {"what": "source", "source": receipt.source.source, "site": receipt.source.site}
    if receipt.kind == ReceiptKind.PERSON:
        return {"what": "person", "person": str(receipt.person_id)}
    consent = receipt.consent
    return {"what": "consent", "consent": str(consent.pk) if consent else ""}


def _canonical(words: dict[str, Any]) -> bytes:
    return json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def held_now() -> dict[str, int]:
    """Return what the organization in scope holds of faces, by the names that receipts use."""
    return {
        "faces": Face.objects.count(),
        "vectors": sum(model.objects.count() for model in EMBEDDINGS.values()),
        "crops": Face.objects.exclude(crop_key="").count(),
        "people": Person.objects.standing().count(),
        "names": Person.objects.standing().exclude(name="").count(),
    }
