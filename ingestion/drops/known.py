"""Which files of a folder were imported, or refused: the cursor of its checkpoint."""

from collections.abc import Iterable
from typing import Any, Final

from ingestion.checkpoints import advance
from ingestion.drops.space import MAX_FILES
from ingestion.models import SourceCheckpoint

# Files that are gone are remembered for a while: a folder may be away for an hour.
MOST_KNOWN: Final = 4 * MAX_FILES


class Known:
    """Marks of files, those that were met last at the end.

    Attributes:
        refused: those that were looked at and not imported.
    """

    def __init__(self, marks: list[str], refused: set[str]) -> None:
        self._marks = dict.fromkeys(marks)
        self.refused = refused

    @classmethod
    def from_cursor(cls, cursor: dict[str, Any] | None) -> "Known":
        """Return what a checkpoint knows."""
        cursor = cursor or {}
        return cls(cursor.get("known", []), set(cursor.get("refused", [])))

    def __contains__(self, mark: str) -> bool:
        return mark in self._marks

    def __len__(self) -> int:
        return len(self._marks)

    def meet(self, marks: Iterable[str]) -> None:
        """Put those of ``marks`` that are known to the end: their files are still there."""
        for mark in marks:
            if mark in self._marks:
                del self._marks[mark]
                self._marks[mark] = None

    def add(self, mark: str, *, is_refused: bool) -> None:
        """Know a file from now on."""
        self._marks[mark] = None
        if is_refused:
            self.refused.add(mark)
        else:
            self.refused.discard(mark)

    def save(self, checkpoint: SourceCheckpoint) -> None:
        """Write all into the checkpoint, in the caller's transaction.

        Raises:
            LeaseLostError: somebody else has moved it.
        """
        marks = list(self._marks)[-MOST_KNOWN:]
        cursor = {"known": marks, "refused": sorted(self.refused & set(marks))}
        advance(checkpoint, cursor=cursor, is_complete=True)
