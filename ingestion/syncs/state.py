"""What a connector is told of the library, and where its last run stood."""

import dataclasses
import datetime as dt
import time
import uuid
from collections.abc import Collection
from typing import Any, Self

from connectors.base import Cursor, SyncMode, SyncPage
from connectors.items import Source
from connectors.threads import in_thread
from media.models import Asset, Tombstone
from tenants.scope import org_scope


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """What the checkpoint of an account holds: the connector's own cursor, and the round's.

    Attributes:
        cursor: the connector's.
        mode: of the round that is under way; None between two rounds.
        generation: of the sweep that is under way, or was last.
        swept_at: when everything was last read, as ISO 8601 in UTC; empty where it never was.
    """

    cursor: Cursor = dataclasses.field(default_factory=dict)
    mode: SyncMode | None = None
    generation: int = 0
    swept_at: str = ""

    @classmethod
    def unpacked(cls, packed: dict[str, Any] | None) -> Self:
        """Return the mark that a checkpoint holds; a new one where it holds none."""
        if not packed:
            return cls()
        mode = packed["mode"]
        return cls(
            packed["cursor"],
            SyncMode(mode) if mode else None,
            packed["generation"],
            packed["swept_at"],
        )

    def packed(self) -> Cursor:
        """Return it as a checkpoint holds it."""
        return {
            "cursor": self.cursor,
            "mode": self.mode.value if self.mode else None,
            "generation": self.generation,
            "swept_at": self.swept_at,
        }

    def between_rounds(self) -> Self:
        """Return the mark without the round that is under way."""
        return dataclasses.replace(self, mode=None)

    def begun(self, *, is_sweep_asked: bool, sweep_every: dt.timedelta, now: dt.datetime) -> Self:
        """Return the mark with a round: the one under way, or the one that is due.

        Args:
            is_sweep_asked: a person wants everything read, whatever is under way.
            sweep_every: how old the last sweep may be. The first round of all reads everything
                as it is, and finds nothing to remove.
        """
        if self.mode is not None and not (is_sweep_asked and self.mode is not SyncMode.SWEEP):
            return self
        # Distance either way: a clock that ran ahead once must not put sweeps off for as long.
        is_due = self.swept_at and (
            abs(now - dt.datetime.fromisoformat(self.swept_at)) >= sweep_every
        )
        mode = SyncMode.SWEEP if is_sweep_asked or is_due else SyncMode.INCREMENTAL
        generation = self.generation
        if mode is SyncMode.SWEEP:
            # By the clock: larger than any before, also where the checkpoint was rewound.
            generation = max(generation + 1, int(time.time()))
        return dataclasses.replace(self, mode=mode, generation=generation)

    def behind(self, page: SyncPage, *, now: dt.datetime) -> Self:
        """Return the mark behind a page.

        A sweep that does not say that it read everything, such as one whose list of boards broke
        off, counts for nothing: what it did not see was not looked for, and the next run sweeps.
        """
        is_whole = any(not part.board for part in page.finished)
        is_first = page.is_last and not self.swept_at
        return dataclasses.replace(
            self,
            cursor=page.cursor,
            mode=None if page.is_last else self.mode,
            swept_at=now.isoformat() if is_whole or is_first else self.swept_at,
        )


class LibraryState:
    """See `connectors.base.SyncState`."""

    def __init__(self, org_id: uuid.UUID, source: Source, mark: Mark) -> None:
        if mark.mode is None:
            raise ValueError("No round has begun.")
        self.cursor, self.mode, self.generation = mark.cursor, mark.mode, mark.generation
        self._org_id, self._source = org_id, source

    async def known(self, refs: Collection[str]) -> set[str]:
        """Return what is in the library, its trash included, or was removed for good."""
        return await in_thread(lambda: self._known(refs))

    def _known(self, refs: Collection[str]) -> set[str]:
        wanted = {"source": self._source.value, "source_ref__in": list(refs)}
        with org_scope(self._org_id):
            held = Asset.objects.filter(**wanted).values_list("source_ref", flat=True)
            removed = Tombstone.objects.filter(**wanted).values_list("source_ref", flat=True)
            return {*held, *removed}
