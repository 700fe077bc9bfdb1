"""Sites that ask us to slow down: obeyed for all their pictures, at the cost of no try."""

import datetime as dt
from collections.abc import Callable, Mapping

from django.utils import timezone

from ingestion.taxonomy import LADDER_S
from media.holding import hold_back
from media.models import StageState
from media.models.stage import StageStatus
from media.results import UnitResult

RATE_LIMITED = "rate_limited"
# However little a site asks for: a run must not come back to it in every batch.
LEAST_WAIT_S = 30.0


class LimitedSites:
    """What a slice knows of sites that want to be left alone."""

    def __init__(self, hold: Callable[[Mapping[str, dt.datetime]], int] = hold_back) -> None:
        """Begin with none.

        Args:
            hold: lets all that is pending at some sites wait.
        """
        self._hold = hold
        self._until: dict[str, dt.datetime] = {}
        self._served: set[str] = set()
        self._unwritten: set[str] = set()

    def must_wait(self, site: str) -> bool:
        """Return whether ``site`` is to be left alone; if so its pictures are held back."""
        is_limited = site in self._until and self._until[site] > timezone.now()
        if is_limited:
            self._unwritten.add(site)
        return is_limited

    def note_served(self, site: str) -> None:
        """Remember that ``site`` gave us something: a row of waits ends with that."""
        self._served.add(site)

    def wait(
        self, state: StageState, site: str, asked_s: float | None, *, is_all: bool
    ) -> UnitResult:
        """Return the result of a unit that is to wait.

        Args:
            asked_s: seconds that the site named, where it did.
            is_all: whether it was ``site`` that asked, so that its other pictures wait as well.
        """
        wait_s = _next_wait_s(state, is_first=site in self._served) if asked_s is None else asked_s
        until = timezone.now() + dt.timedelta(seconds=max(wait_s, LEAST_WAIT_S))
        if is_all:
            until = max(until, self._until.get(site, until))
            self._until[site] = until
            self._unwritten.add(site)
        return UnitResult(state.pk, StageStatus.PENDING, RATE_LIMITED, until, is_attempt=False)

    def write(self) -> None:
        """Hold back all that is to be fetched from the sites that were met since the last time."""
        self._hold({site: self._until[site] for site in self._unwritten})
        self._unwritten.clear()


def _next_wait_s(state: StageState, *, is_first: bool) -> float:
    """Return the seconds to wait where the site names none: the longer the more in a row.

    How long a unit has waited last is the time from when that was written to when it came due.
    """
    if is_first or state.error_code != RATE_LIMITED:
        return LADDER_S[0]
    waited_s = (state.due_at - state.updated_at).total_seconds()
    # Two clocks took part in it.
    longer = (step for step in LADDER_S if step > waited_s + LEAST_WAIT_S)
    return next(longer, LADDER_S[-1])
