"""Stage ``rendition``: thumbs, previews, hashes and colours, made in limited child processes."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from typing import ClassVar

from django.conf import settings
from django.db.models import QuerySet

from connectors.base import Use
from ingestion.engine.kinds import DAY_S, Kind, Slice
from ingestion.freshness.datasets import THUMBNAILS
from ingestion.models.job import JobKind
from ingestion.stages.base import Pace, retry_or_fail, work_stage
from ingestion.stages.queueing import queue_faces
from media.imaging.errors import ImageCrashedError, ImageError
from media.imaging.pool import RenditionPool
from media.imaging.values import Rendered, Rendition
from media.models import Blob, StageState
from media.models.blob import RenditionName
from media.models.stage import Stage, StageStatus
from media.results import DecodedBlob, StoredRendition, UnitResult, write_decoded
from media.storage import put_bytes, read_bytes, rendition_key
from tenants.scope import current_org_id

Unit = tuple[StageState, Blob]


class RenditionKind(Kind):
    """Makes the derived pictures of pending blobs."""

    name: ClassVar[str] = JobKind.RENDITION
    label: ClassVar[str] = "Make thumbnails"
    datasets: ClassVar[tuple[str, ...]] = (THUMBNAILS,)
    deadline_s: ClassVar[int] = 7 * DAY_S
    pauses_itself: ClassVar[bool] = False
    is_bulk: ClassVar[bool] = True
    stage: ClassVar[Stage] = Stage.RENDITION
    use: ClassVar[Use | None] = None
    batch_size: ClassVar[int] = 48
    then: ClassVar[tuple[Stage, ...]] = ()

    def work(self, turn: Slice) -> None:
        """Work a slice with one pool of children."""
        with RenditionPool(settings.RENDITION_PROCESSES) as pool:
            work_stage(turn, _Batch(pool))


class _Batch(RenditionKind):
    """The kind while it holds its children."""

    def __init__(self, pool: RenditionPool) -> None:
        self.pool = pool

    def choose(self, due: QuerySet[StageState]) -> QuerySet[StageState]:
        """Take blobs in the order in which they are due."""
        return due

    def take(self, states: Sequence[StageState]) -> list[Unit]:
        """Return the blob of each state."""
        blobs = Blob.objects.in_bulk([state.blob_id for state in states])
        return [(state, blobs[state.blob_id]) for state in states]

    def do(
        self, units: Sequence[Unit], *, org_id: uuid.UUID, pace: Pace
    ) -> tuple[list[UnitResult], list[DecodedBlob]]:
        """Render the batch on all children; a bad picture fails alone."""
        results: list[UnitResult] = []
        decoded: list[DecodedBlob] = []
        begun: list[Unit] = []
        contents = _read(units, results, begun, pace)
        rendered = self.pool.render_many(contents, must_end=pace.must_end)
        for number, made in enumerate(rendered):
            state, blob = begun[number]
            if isinstance(made, ImageError):
                final = not isinstance(made, ImageCrashedError)
                results.append(retry_or_fail(state, code=made.code, is_final=final))
            else:
                renditions = store_renditions(org_id, blob.sha256, made)
                decoded.append(decoded_blob(blob.pk, made, renditions))
                results.append(UnitResult(state.pk, StageStatus.DONE))
        return results, decoded

    def write(self, units: Sequence[Unit], found: Sequence[DecodedBlob]) -> None:
        """Write what was made, and have the faces looked for where that is allowed."""
        write_decoded(found)
        if found:
            queue_faces(current_org_id(), [blob.blob_id for blob in found])


def _read(
    units: Sequence[Unit], results: list[UnitResult], begun: list[Unit], pace: Pace
) -> Iterator[bytes]:
    """Yield the bytes of each unit that may begin, and note it in ``begun``.

    One whose bytes are gone fails with a code of its own.
    """
    for unit in units:
        if not pace.may_begin():
            return
        try:
            content = read_bytes(unit[1].storage_key)
        except FileNotFoundError:
            results.append(retry_or_fail(unit[0], code="bytes_missing", is_final=True))
            continue
        begun.append(unit)
        yield content


def store_renditions(org_id: uuid.UUID, sha256: str, made: Rendered) -> tuple[StoredRendition, ...]:
    """Store what was derived from the bytes with this hash."""
    return tuple(
        _store_rendition(org_id, sha256, name, rendition)
        for name, rendition in (
            (RenditionName.THUMB, made.thumb),
            (RenditionName.PREVIEW, made.preview),
        )
    )


def decoded_blob(
    blob_id: uuid.UUID, made: Rendered, renditions: tuple[StoredRendition, ...]
) -> DecodedBlob:
    """Return what decoding told of a blob, as it is written."""
    return DecodedBlob(
        blob_id=blob_id,
        media_type=made.media_type,
        width_px=made.width_px,
        height_px=made.height_px,
        frame_count=made.frame_count,
        phash=made.phash,
        dhash=made.dhash,
        dominant_color=made.dominant_color,
        renditions=renditions,
    )


def _store_rendition(
    org_id: uuid.UUID, sha256: str, name: str, rendition: Rendition
) -> StoredRendition:
    key = put_bytes(rendition_key(org_id, sha256, name), rendition.content)
    return StoredRendition(
        name=name,
        sha256=hashlib.sha256(rendition.content).hexdigest(),
        storage_key=key,
        size_bytes=len(rendition.content),
        width_px=rendition.width_px,
        height_px=rendition.height_px,
    )
