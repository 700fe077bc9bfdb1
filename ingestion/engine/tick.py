"""What the alarm clock does every minute; recovery comes first."""

import logging
from typing import Final

from ingestion.engine import claims
from ingestion.engine.beats import forget_silent
from ingestion.engine.chores import Chore, forget_former, work_chores
from ingestion.freshness.tick import flip_due
from ingestion.notify.digest import send_due
from ingestion.notify.tick import tell
from ingestion.schedule.due import queue_due_jobs

logger = logging.getLogger(__name__)


def tick() -> None:
    """Recover lost runs, queue what has come due, tidy up; wake the workers where work waits."""
    work_chores(CHORES)


def _recover() -> int:
    lost = claims.sweep()
    if lost:
        logger.warning("Recovered %d runs whose workers were lost.", lost)
    return lost


def _wake() -> int:
    return claims.wake()


def _forget_former() -> int:
    return forget_former(CHORES)


# In this order: what was lost is due again, and what is due wants workers.
CHORES: Final = (
    Chore("recovery", _recover),
    Chore("schedules", queue_due_jobs),
    Chore("wake", _wake),
    Chore("freshness", flip_due),
    Chore("notifications", tell),
    Chore("mails", send_due),
    Chore("worker_rows", forget_silent),
    Chore("chore_rows", _forget_former),
)
