"""What the alarm clock does every minute; recovery comes first."""

import logging

from ingestion.engine import claims
from ingestion.schedule.due import queue_due_jobs
from tenants.queue import poke

logger = logging.getLogger(__name__)


def tick() -> None:
    """Recover lost runs, queue what has come due, and wake the workers where something has."""
    lost = claims.sweep()
    if lost:
        logger.warning("Recovered %d runs whose workers were lost.", lost)
    queue_due_jobs()
    if claims.due_count():
        poke()
