"""What the alarm clock does every minute; recovery comes first."""

import logging

from ingestion.engine import claims
from tenants.queue import poke

logger = logging.getLogger(__name__)


def tick() -> None:
    """Recover lost runs and wake the workers when something is due."""
    lost = claims.sweep()
    if lost:
        logger.warning("Recovered %d runs whose workers were lost.", lost)
    if claims.due_count():
        poke()
