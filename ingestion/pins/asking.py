"""Who may ask for the details of pins, and how."""

import time
from typing import Final

from connectors.base import Use
from connectors.errors import PolicyClosedError
from connectors.pinterest_web.details import SessionSource
from connectors.pinterest_web.policy import NAME
from connectors.pinterest_web.session import SharedSession
from connectors.policy import Manners, manners_of, require_open
from connectors.threads import in_thread
from ingestion.errors import StepSkippedError

# A run may ask for hours; what the operator decides meanwhile is heeded after so long.
LOOK_EVERY_S: Final = 5.0
_NOT_KEPT = (
    "What comes from Pinterest's pages becomes part of your pins, and the review of its terms does "
    "not let it be kept for good. Whoever runs this installation can change that review."
)


class AllowedSession(SharedSession):
    """What all workers ask with, for as long as the operator lets them."""

    def __init__(self, manners: Manners) -> None:
        super().__init__(manners)
        self._looked_at = time.monotonic()

    async def spend(self) -> int:
        """Take some requests out of what all workers share.

        Raises:
            StepSkippedError: it is allowed no more.
        """
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self.follow(await in_thread(_require_allowed))
            self._looked_at = time.monotonic()
        return await super().spend()


def session() -> SessionSource:
    """Return what all workers of the installation ask with.

    Raises:
        StepSkippedError: nobody has answered for it, or nothing of it may be kept.
    """
    return AllowedSession(_require_allowed())


def _require_allowed() -> Manners:
    try:
        gate, manners = require_open(NAME), manners_of(NAME)
    except PolicyClosedError as closed:
        raise StepSkippedError(closed.message) from closed
    if gate.retention.days is not None or not gate.retention.allows(Use.STORE):
        raise StepSkippedError(_NOT_KEPT)
    return manners
