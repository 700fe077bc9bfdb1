"""What the alarm clock does every minute; recovery comes first."""

import logging

from ingestion.engine import claims
from tenants.queue import poke

logger = logging.getLogger(__name__)


def tick() -> None:
    """Recover lost runs, wake the workers when something is due, and tidy up once a day."""
    # Imported here: the chores stand on the driver, which stands on this package.
    from ingestion.engine.upkeep import run_upkeep  # noqa: PLC0415

    lost = claims.sweep()
    if lost:
        logger.warning("Recovered %d runs whose workers were lost.", lost)
    if claims.due_count():
        poke()
    run_upkeep()
