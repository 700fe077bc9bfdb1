"""Stage ``faces``: faces in pictures of attested sources, found in limited child processes.

Only workers of the cluster ``faces`` work it: their children load what no other process may.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db.models import QuerySet

from connectors.base import Use
from faces.engine.pool import FacePool
from faces.queries import live_consent
from faces.results import (
    Analysis,
    KnownPicture,
    known_pictures,
    may_be_analysed,
    store_analysis,
    switch_engine,
    write_analyses,
)
from faces.units import engine_key
from ingestion.engine.kinds import DAY_S, Kind, Slice
from ingestion.freshness.datasets import FACES as DATASET
from ingestion.models import Job
from ingestion.models.job import JobKind
from ingestion.stages.base import Pace, retry_or_fail, work_stage
from ingestion.stages.face_pool import leave_pool, take_pool
from media.imaging.errors import ImageCrashedError, ImageError
from media.models import Rendition, StageState
from media.models.blob import RenditionName
from media.models.stage import Stage, StageStatus
from media.results import UnitResult
from media.storage import read_bytes
from tenants.errors import NotReadyError
from tenants.queue import FACES


@dataclass(frozen=True, slots=True)
class Unit:
    """A picture in line.

    Attributes:
        preview_key: where the picture to look at lies; empty if there is none.
        known: what the library knows of it; None if it may not be analysed, or was by now.
    """

    state: StageState
    preview_key: str
    known: KnownPicture | None
    status: StageStatus = StageStatus.DONE


class FacesKind(Kind):
    """Looks for faces in pending pictures."""

    name: ClassVar[str] = JobKind.FACES
    label: ClassVar[str] = "Find faces"
    datasets: ClassVar[tuple[str, ...]] = (DATASET,)
    deadline_s: ClassVar[int] = 7 * DAY_S
    pauses_itself: ClassVar[bool] = False
    is_bulk: ClassVar[bool] = True
    cluster: ClassVar[str] = FACES
    stage: ClassVar[Stage] = Stage.FACES
    # ``faces.queries`` asks, wherever a picture may be analysed.
    use: ClassVar[Use | None] = None
    # Some rounds of the processes: whoever watches sees faces within seconds.
    batch_size: ClassVar[int] = 8
    then: ClassVar[tuple[Stage, ...]] = ()

    def check(self, job: Job) -> None:
        """Refuse where no engine is installed, or the organization has faces off."""
        if not settings.FACES_ENGINE:
            message = "This installation has no engine for faces. Ask whoever runs it."
            raise NotReadyError(message)
        if live_consent() is None:
            message = "Faces are off. Switch them on in the settings of People first."
            raise NotReadyError(message)

    def is_idle(self, job: Job) -> bool:
        """Return whether nothing may be looked for."""
        return not settings.FACES_ENGINE or live_consent() is None

    def work(self, turn: Slice) -> None:
        """Work a slice with the processes that this one keeps."""
        try:
            work_stage(turn, _Batch())
        finally:
            leave_pool()


class _Batch(FacesKind):
    """The kind while it works; its engine is loaded for the first picture."""

    def __init__(self) -> None:
        self._pool: FacePool | None = None

    @property
    def pool(self) -> FacePool:
        """The processes; made when they are needed first."""
        self._pool = self._pool or take_pool()
        return self._pool

    def choose(self, due: QuerySet[StageState]) -> QuerySet[StageState]:
        """Take pictures in the order in which they are due."""
        return due

    def take(self, states: Sequence[StageState]) -> list[Unit]:
        """Return what is known of each picture, and whether it may be looked at."""
        ids = [state.blob_id for state in states if state.blob_id is not None]
        allowed, known = may_be_analysed(ids), known_pictures(ids)
        previews = dict(
            Rendition.objects.filter(blob__in=ids, name=RenditionName.PREVIEW).values_list(
                "blob_id", "storage_key"
            )
        )
        return [_unit(state, previews, allowed, known) for state in states]

    def do(
        self, units: Sequence[Unit], *, org_id: uuid.UUID, pace: Pace
    ) -> tuple[list[UnitResult], list[Analysis]]:
        """Look at the pictures of the batch on all processes; a bad one fails alone."""
        results = [UnitResult(unit.state.pk, unit.status) for unit in units if unit.known is None]
        analyses: list[Analysis] = []
        begun: list[Unit] = []
        todo = [unit for unit in units if unit.known is not None]
        if not todo:
            return results, analyses
        contents = _read(todo, results, begun, pace)
        for number, found in enumerate(self.pool.analyse_many(contents, must_end=pace.must_end)):
            unit = begun[number]
            if isinstance(found, ImageError):
                final = not isinstance(found, ImageCrashedError)
                results.append(retry_or_fail(unit.state, code=found.code, is_final=final))
            elif unit.known is not None:
                analyses.append(store_analysis(org_id, unit.known, found))
                results.append(UnitResult(unit.state.pk, StageStatus.DONE))
        return results, analyses

    def write(self, units: Sequence[Unit], found: Sequence[Analysis]) -> None:
        """Write what was found; a picture whose permission is gone by now has no result."""
        if self._pool is None:
            return
        refused = write_analyses(found, self._pool.spec)
        if refused:
            StageState.objects.filter(stage=Stage.FACES, blob__in=refused).update(
                status=StageStatus.NOT_APPLICABLE
            )
        if units:
            switch_engine(units[0].state.org_id, self._pool.spec)


def _unit(
    state: StageState,
    previews: Mapping[uuid.UUID, str],
    allowed: Collection[uuid.UUID],
    known: Mapping[uuid.UUID, KnownPicture],
) -> Unit:
    blob_id = state.blob_id
    preview_key = previews.get(blob_id, "") if blob_id else ""
    if blob_id is None or blob_id not in allowed or not preview_key:
        return Unit(state, preview_key, None, StageStatus.NOT_APPLICABLE)
    if state.made_with == engine_key():
        # Somebody ran all again: the same bytes have the same faces.
        return Unit(state, preview_key, None)
    return Unit(state, preview_key, known[blob_id])


def _read(
    units: Sequence[Unit], results: list[UnitResult], begun: list[Unit], pace: Pace
) -> Iterator[bytes]:
    """Yield the picture of each unit that may begin, and note it in ``begun``."""
    for unit in units:
        if not pace.may_begin():
            return
        try:
            content = read_bytes(unit.preview_key)
        except FileNotFoundError:
            results.append(retry_or_fail(unit.state, code="bytes_missing", is_final=True))
            continue
        begun.append(unit)
        yield content
