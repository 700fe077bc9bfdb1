"""Which clusters of workers live: a row of each, written by its supervisor."""

import dataclasses
import socket
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models.functions import Now

from ingestion.models import WorkerBeat

BEAT_EVERY_S: Final = 10.0
# After so long without a word a cluster counts as gone, and later its row goes as well.
SILENT_AFTER: Final = timedelta(seconds=60)
FORGOTTEN_AFTER: Final = timedelta(minutes=10)


@dataclasses.dataclass(frozen=True, slots=True)
class Beat:
    """A cluster that its supervisor sees alive.

    Attributes:
        owner: begins every lease that its workers hold.
        workers: how many it has.
        is_draining: it was told to stop, and ends the batches in hand.
    """

    owner: str
    cluster: str
    pid: int
    workers: int
    is_draining: bool


def write_beats(beats: Iterable[Beat]) -> None:
    """Say that these clusters live, by the database's clock."""
    host = socket.gethostname()
    WorkerBeat.objects.bulk_create(
        [
            WorkerBeat(
                owner=beat.owner,
                host=host,
                cluster=beat.cluster,
                pid=beat.pid,
                workers=beat.workers,
                beat_at=Now(),
                is_draining=beat.is_draining,
            )
            for beat in beats
        ],
        update_conflicts=True,
        unique_fields=["owner"],
        update_fields=["workers", "beat_at", "is_draining"],
    )


def end_beats(owners: Iterable[str]) -> None:
    """Say that these clusters have ended."""
    WorkerBeat.objects.filter(owner__in=list(owners)).delete()


def forget_silent() -> int:
    """Delete the rows of clusters whose hosts ended without a word; return how many."""
    deleted, _ = WorkerBeat.objects.filter(beat_at__lt=Now() - FORGOTTEN_AFTER).delete()
    return deleted
