"""Records and throughput per day, as a chart that the server draws and as a table."""

import dataclasses
import datetime as dt
import math
from typing import Final

from django.db import connection
from django.utils import timezone

from tenants.scope import current_org_id

DAYS: Final = 30
HEIGHT_PX: Final = 96
MINUTE_S: Final = 60

_SQL: Final = """
SELECT (finished_at AT TIME ZONE 'UTC')::date AS day, sum(raw_count), count(*),
       count(*) FILTER (WHERE state IN ('failed', 'action_required', 'dead')),
       sum(extract(epoch FROM finished_at - started_at)) FILTER (WHERE raw_count > 0)
  FROM ingestion_syncrun
 WHERE org_id = %(org)s AND NOT is_dry_run AND finished_at >= %(since)s
 GROUP BY day"""


@dataclasses.dataclass(frozen=True, slots=True)
class Day:
    """What ended on one day, in UTC.

    Attributes:
        per_minute: records per minute of the runs that read any.
    """

    date: dt.date
    records: int = 0
    runs: int = 0
    failed: int = 0
    per_minute: float = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``x`` and ``width`` in percent of the plot, ``y`` and ``height`` in pixels."""

    x: str
    width: str
    y: int
    height: int
    title: str


@dataclasses.dataclass(frozen=True, slots=True)
class Plot:
    """One quantity over the days.

    Attributes:
        top: what the upper end of its axis stands for.
    """

    name: str
    variant: str
    top: int
    bars: list[Bar]

    @property
    def half(self) -> float:
        """Return what the middle of the axis stands for."""
        return self.top / 2 if self.top % 2 else self.top // 2


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """The last days."""

    days: list[Day]
    plots: list[Plot]

    @property
    def middle(self) -> Day:
        """Return the day that the middle of the axis names."""
        return self.days[DAYS // 2]

    @property
    def records(self) -> int:
        """Return how many records were read in all."""
        return sum(day.records for day in self.days)

    @property
    def runs(self) -> int:
        """Return how many runs ended."""
        return sum(day.runs for day in self.days)

    @property
    def failed(self) -> int:
        """Return how many of them ended badly."""
        return sum(day.failed for day in self.days)


def chart_of_days() -> Chart:
    """Return what the runs of the organization in scope did on each of the last days."""
    days = _days(timezone.now().astimezone(dt.UTC).date())
    return Chart(
        days,
        [
            _plot("Records", "records", days, [day.records for day in days]),
            _plot("Records per minute", "pace", days, [day.per_minute for day in days]),
        ],
    )


def _days(today: dt.date) -> list[Day]:
    first = today - dt.timedelta(days=DAYS - 1)
    since = dt.datetime.combine(first, dt.time(), dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"org": current_org_id(), "since": since})
        found = {
            date: Day(date, int(records), runs, failed, _pace(int(records), float(spent_s or 0)))
            for date, records, runs, failed, spent_s in cursor.fetchall()
        }
    dates = [first + dt.timedelta(days=place) for place in range(DAYS)]
    return [found.get(date, Day(date)) for date in dates]


def _pace(records: int, spent_s: float) -> float:
    # What took less than a second says little about a minute.
    return records * MINUTE_S / max(spent_s, 1)


def _plot(name: str, variant: str, days: list[Day], values: list[float]) -> Plot:
    top = _round_up(max(values, default=0))
    step = 100 / DAYS
    bars = []
    for place, (day, value) in enumerate(zip(days, values, strict=True)):
        # What is there at all is seen.
        height = max(round(HEIGHT_PX * value / top), 1) if value else 0
        title = f"{day.date.day} {day.date:%b}: {round(value):,} {name.lower()}"
        x, width = f"{place * step + step * 0.1:.3f}", f"{step * 0.8:.3f}"
        bars.append(Bar(x, width, HEIGHT_PX - height, height, title))
    return Plot(name, variant, top, bars)


def _round_up(value: float) -> int:
    """Return the next number of one or two leading digits, where an axis ends well."""
    if value <= 10:  # noqa: PLR2004  # the smallest axis
        return 10
    size = 10 ** math.floor(math.log10(value))
    return next(
        int(size * share) for share in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size * share >= value
    )
