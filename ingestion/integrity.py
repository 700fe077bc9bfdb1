"""The nightly check of stored bytes, as a step of the upkeep."""

from collections.abc import Callable, Sequence

from ingestion.models import SyncRun
from media import integrity
from media.integrity import Finding, Picture


class IntegrityShares:
    """Pictures whose bytes are compared, some at a time."""

    is_done = False

    def take(self, run: SyncRun) -> list[Picture] | None:
        """Return those that are next in this night."""
        return integrity.next_share(run.started_at or run.created_at) or None

    def do(self, share: Sequence[Picture], *, may_go_on: Callable[[], bool]) -> list[Finding]:
        """Read their bytes."""
        return integrity.compare(share, may_go_on=may_go_on)

    def write(self, found: Sequence[Finding]) -> int:
        """Note how they are, and have mended what can be."""
        return integrity.note(found)
