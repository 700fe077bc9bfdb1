"""Whether stored bytes are what they were: re-read, compared, and mended where that can be.

A bounded share of the pictures of an organization is looked at in a night, those first that
nobody has looked at for longest, so that each comes up about once in ``NIGHTS``.
"""

import dataclasses
import datetime as dt
import hashlib
import math
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final

from django.core.files.storage import default_storage
from django.db.models import Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from media.models import AssetMedia, Blob, Rendition, StageState
from media.models.stage import Stage, StageStatus
from media.results import write_fetched
from media.storage import CHUNK

NIGHTS: Final = 30
# Of a night, however many pictures 1/30 is.
MAX_BYTES: Final = 2 * 1024**3
MAX_TIME: Final = dt.timedelta(minutes=30)
# Of one share: what is compared between two writes.
SHARE_SIZE: Final = 200
SHARE_S: Final = 5.0
MISSING: Final = "bytes_missing"
CHANGED: Final = "bytes_changed"
# A thumbnail cannot be made anew before the original is back.
AFTER_FETCH: Final = dt.timedelta(hours=1)

MayGoOn = Callable[[], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """Bytes and what is said of them."""

    key: str
    size_bytes: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """An original with what was made of it."""

    blob_id: uuid.UUID
    original: Stored
    renditions: tuple[Stored, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """How the bytes of one picture are.

    Attributes:
        original: ``bytes_missing``, ``bytes_changed``, or empty where they are in order.
        has_renditions: whether those of all renditions are in order.
    """

    blob_id: uuid.UUID
    original: str
    has_renditions: bool


def next_share(since: dt.datetime) -> list[Picture]:
    """Return the next pictures to look at in the night that began at ``since``; none at its end.

    Works in the organization in scope.
    """
    looked_at = Blob.objects.filter(checked_at__gte=since, stored_at__lt=since)
    seen = looked_at.count()
    read = looked_at.aggregate(n=Sum("size_bytes"))["n"] or 0
    left = math.ceil(Blob.objects.count() / NIGHTS) - seen
    if left <= 0 or read >= MAX_BYTES or timezone.now() - since > MAX_TIME:
        return []
    due = Blob.objects.filter(checked_at__lt=since).order_by("checked_at", "pk")
    blobs = list(due[: min(left, SHARE_SIZE)])
    made: dict[uuid.UUID, list[Stored]] = {}
    for each in Rendition.objects.filter(blob__in=blobs):
        stored = Stored(each.storage_key, each.size_bytes, each.sha256)
        made.setdefault(each.blob_id, []).append(stored)
    return [
        Picture(
            blob.pk,
            Stored(blob.storage_key, blob.size_bytes, blob.sha256),
            tuple(made.get(blob.pk, ())),
        )
        for blob in blobs
    ]


def compare(pictures: Sequence[Picture], *, may_go_on: MayGoOn) -> list[Finding]:
    """Read the bytes of ``pictures``, outside any transaction; at least of the first one.

    Args:
        may_go_on: asked before each of the others.
    """
    ends_at = time.monotonic() + SHARE_S
    findings: list[Finding] = []
    for picture in pictures:
        if findings and (time.monotonic() >= ends_at or not may_go_on()):
            break
        original = _look_at(picture.original)
        has_renditions = not any(_look_at(each) for each in picture.renditions)
        findings.append(Finding(picture.blob_id, original, has_renditions))
    return findings


def note(findings: Sequence[Finding]) -> int:
    """Write what was found and have mended what can be; return how many pictures are not in order.

    An original whose picture has an address is fetched again; of one that came with a file only
    the failure is told. What is in order again is told, too.
    """
    now = timezone.now()
    # By the database's clock, as the beginning of the night.
    Blob.objects.filter(pk__in=[each.blob_id for each in findings]).update(checked_at=Now())
    _settle_whole([each.blob_id for each in findings if not each.original])
    for code in (MISSING, CHANGED):
        _have_fetched([each.blob_id for each in findings if each.original == code], code)
    broken = [each for each in findings if not each.has_renditions]
    _have_made([each.blob_id for each in broken if not each.original], due_at=now)
    _have_made([each.blob_id for each in broken if each.original], due_at=now + AFTER_FETCH)
    return sum(bool(each.original) or not each.has_renditions for each in findings)


def _look_at(stored: Stored) -> str:
    digest, size_bytes = hashlib.sha256(), 0
    try:
        with default_storage.open(stored.key, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size_bytes += len(chunk)
    except FileNotFoundError:
        return MISSING
    is_same = (size_bytes, digest.hexdigest()) == (stored.size_bytes, stored.sha256)
    return "" if is_same else CHANGED


def _settle_whole(blob_ids: list[uuid.UUID]) -> None:
    """Take back that bytes were gone or changed where they are in order, as after a restore."""
    states = StageState.objects.filter(
        stage=Stage.FETCH,
        status=StageStatus.FAILED,
        error_code__in=(MISSING, CHANGED),
        media__blob__in=blob_ids,
    )
    media_ids = list(states.values_list("media_id", flat=True))
    if media_ids:
        states.update(status=StageStatus.DONE, error_code="", updated_at=timezone.now())
        write_fetched([], media_ids)


def _have_fetched(blob_ids: list[uuid.UUID], code: str) -> None:
    """Fetch pictures again that have an address; one is enough for all that show the same bytes."""
    if not blob_ids:
        return
    shown = AssetMedia.objects.filter(blob__in=blob_ids)
    addressed = shown.exclude(url="")
    lost = shown.exclude(blob__in=addressed.values("blob"))
    fetches = StageState.objects.filter(stage=Stage.FETCH)
    # Those that people run again anyway have no result left to go back to.
    fetches.filter(media__in=shown.values("pk")).exclude(former="").update(former="")
    states = fetches.exclude(status=StageStatus.PENDING)
    now = timezone.now()
    again = {"attempts": 0, "error_code": code, "due_at": now, "updated_at": now}
    states.filter(media__in=addressed.values("pk")).update(
        status=StageStatus.PENDING, waiting_since=now, **again
    )
    states.filter(media__in=lost.values("pk")).update(status=StageStatus.FAILED, **again)
    write_fetched([], list(shown.values_list("pk", flat=True)))


def _have_made(blob_ids: list[uuid.UUID], *, due_at: dt.datetime) -> None:
    """Have renditions made anew."""
    states = StageState.objects.filter(stage=Stage.RENDITION, blob__in=blob_ids)
    states.exclude(former="").update(former="")
    states.exclude(Q(status=StageStatus.PENDING) & Q(due_at__lte=due_at)).update(
        status=StageStatus.PENDING,
        attempts=0,
        error_code="",
        due_at=due_at,
        waiting_since=timezone.now(),
        updated_at=timezone.now(),
    )
