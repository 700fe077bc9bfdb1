"""Who may ask for the details of pins, and how."""

from connectors.base import Use
from connectors.errors import PolicyClosedError
from connectors.pinterest_web.details import SessionSource
from connectors.pinterest_web.policy import NAME
from connectors.pinterest_web.session import SharedSession
from connectors.policy import manners_of, require_open
from ingestion.errors import StepSkippedError

_NOT_KEPT = (
    "What comes from Pinterest's pages becomes part of your pins, and the review of its terms does "
    "not let it be kept for good. Whoever runs this installation can change that review."
)


def session() -> SessionSource:
    """Return what all workers of the installation ask with.

    Raises:
        StepSkippedError: nobody has answered for it, or nothing of it may be kept.
    """
    try:
        gate, manners = require_open(NAME), manners_of(NAME)
    except PolicyClosedError as closed:
        raise StepSkippedError(closed.message) from closed
    if gate.retention.days is not None or not gate.retention.allows(Use.STORE):
        raise StepSkippedError(_NOT_KEPT)
    return SharedSession(manners)
