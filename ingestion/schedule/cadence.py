"""How often a job runs, and when next: without a database, so that every clock can be tried."""

import dataclasses
import datetime as dt
import itertools
import math
import uuid
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from ingestion.errors import CadenceInvalidError

# Seconds. The tick comes once a minute; what runs more often is no schedule but a loop.
SHORTEST_S = 300
LONGEST_S = 366 * 24 * 3600
CRON_FIELDS = 5
# Slots of a cron expression that are looked at to see how close two of them come.
TRIED_SLOTS = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Cadence:
    """How often something runs. Neither interval nor cron: only when somebody asks.

    Attributes:
        interval_s: seconds from slot to slot, counted from the job's beginning, so that a run
            that comes late moves no later one.
        cron: the five fields of cron, as Debian's reads them; also over a change to or from
            summer time: a slot in the hour that is left out runs at its end, one in the hour
            that comes twice runs once.
        timezone: IANA name that ``cron`` is read in.
        jitter_s: up to so many seconds later, the same for each slot of a job, so that jobs of
            many organizations do not come due in the same second.
    """

    interval_s: int | None = None
    cron: str = ""
    timezone: str = "UTC"
    jitter_s: int = 0

    @property
    def is_manual(self) -> bool:
        """Return whether it never comes due by itself."""
        return self.interval_s is None and not self.cron

    def check(self) -> None:
        """Look for what cannot be meant.

        Raises:
            CadenceInvalidError: what is wrong, and what to write instead.
        """
        if self.interval_s is not None and self.cron:
            raise CadenceInvalidError("Give an interval or a cron expression, not both.")
        if self.timezone not in available_timezones():
            raise CadenceInvalidError(
                f"There is no time zone {self.timezone!r}. Write one such as Europe/Copenhagen."
            )
        if self.interval_s is not None and not SHORTEST_S <= self.interval_s <= LONGEST_S:
            raise CadenceInvalidError("An interval is between five minutes and a year.")
        if self.cron:
            self._check_cron()
        if not 0 <= self.jitter_s <= self._room_s():
            raise CadenceInvalidError("The jitter must be shorter than the time between two runs.")

    def next_after(
        self, moment: dt.datetime, *, since: dt.datetime, job_id: uuid.UUID
    ) -> dt.datetime | None:
        """Return the first time to run after ``moment``; None where there is none.

        What was missed meanwhile is not caught up: one run finds all that is new.

        Args:
            since: from when intervals are counted.
            job_id: whose jitter it is.
        """
        delay = dt.timedelta(seconds=self._delay_s(job_id))
        # A slot is over when its run was due, jitter included.
        slot = self._slot_after(moment - delay, since)
        # A delay is so long whatever the clocks on the wall do meanwhile.
        return None if slot is None else slot.astimezone(dt.UTC) + delay

    def _slot_after(self, moment: dt.datetime, since: dt.datetime) -> dt.datetime | None:
        if self.interval_s is not None:
            passed = (moment - since).total_seconds()
            count = max(math.floor(passed / self.interval_s) + 1, 1)
            return since + dt.timedelta(seconds=count * self.interval_s)
        if self.cron:
            return next(CronSim(self.cron, moment.astimezone(ZoneInfo(self.timezone))), None)
        return None

    def _delay_s(self, job_id: uuid.UUID) -> int:
        return job_id.int % (self.jitter_s + 1)

    def _check_cron(self) -> None:
        # With six of them the first would be read as seconds.
        if len(self.cron.split()) != CRON_FIELDS:
            raise CadenceInvalidError(
                f"{self.cron!r} is no cron expression of five fields. Write minute, hour, day of "
                "month, month and day of week, such as 30 6 * * 1-5."
            )
        try:
            found = next(CronSim(self.cron, dt.datetime.now(ZoneInfo(self.timezone))), None)
        except CronSimError as error:
            raise CadenceInvalidError(
                f"{self.cron!r} is no cron expression ({error}). Write minute, hour, day of month, "
                "month and day of week, such as 30 6 * * 1-5."
            ) from error
        if found is None:
            raise CadenceInvalidError(f"{self.cron!r} names a day that never comes.")
        if self._room_s() < SHORTEST_S:
            raise CadenceInvalidError("Leave at least five minutes from one run to the next.")

    def _room_s(self) -> float:
        """Return the shortest time between two runs."""
        if self.interval_s is not None:
            return self.interval_s
        if not self.cron:
            return 0
        slots = CronSim(self.cron, dt.datetime.now(dt.UTC))
        pairs = itertools.pairwise(itertools.islice(slots, TRIED_SLOTS))
        return min(((after - before).total_seconds() for before, after in pairs), default=LONGEST_S)
