"""What the tick does each minute, one chore after the other, and the record of how it went."""

import dataclasses
import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.db.models.functions import Now

from ingestion.models import PlatformStatus
from ingestion.taxonomy import classify

logger = logging.getLogger(__name__)

EVERY_TICK_S: Final = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done for the whole platform, of which operators want to know.

    Attributes:
        name: of its row in ``PlatformStatus``.
        work: does it once; returns how much it changed.
    """

    name: str
    work: Callable[[], int]
    expected_every_s: int = EVERY_TICK_S


def work_chores(chores: Iterable[Chore]) -> None:
    """Do each once, in order; one that fails keeps no other from its turn."""
    for chore in chores:
        began = time.monotonic()
        changed, error_code = _work(chore)
        took_ms = round((time.monotonic() - began) * 1000)
        try:
            _record(chore, changed, error_code, took_ms)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("Could not record how the chore %s went: %s", chore.name, error)
            _let_connection_go()


def forget_former(chores: Iterable[Chore]) -> int:
    """Delete the rows of chores that are none any more; return how many."""
    known = [chore.name for chore in chores]
    deleted, _ = PlatformStatus.objects.exclude(name__in=known).delete()
    return deleted


def _work(chore: Chore) -> tuple[int, str]:
    """Return how much it changed, and the code of its failure; empty if there was none."""
    try:
        return chore.work(), ""
    except Exception as error:
        logger.exception("The chore %s failed.", chore.name)
        if isinstance(error, (DatabaseError, InterfaceError)):
            _let_connection_go()
        return 0, classify(error).code


def _record(chore: Chore, changed: int, error_code: str, took_ms: int) -> None:
    PlatformStatus.objects.get_or_create(
        name=chore.name, defaults={"expected_every_s": chore.expected_every_s}
    )
    row = PlatformStatus.objects.filter(name=chore.name)
    always = {
        "expected_every_s": chore.expected_every_s,
        "last_attempt_at": Now(),
        "took_ms": took_ms,
        "error_code": error_code,
    }
    if error_code:
        row.update(**always, consecutive_failures=F("consecutive_failures") + 1)
    else:
        row.update(**always, last_success_at=Now(), consecutive_failures=0, changed_count=changed)


def _let_connection_go() -> None:
    """Begin the next chore on a connection of its own, unless a transaction is around us."""
    if not connection.in_atomic_block:
        connection.close()
